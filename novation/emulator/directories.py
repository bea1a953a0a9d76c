"""Users of a seeded customer: made when somebody first asks for them."""

from __future__ import annotations

from random import Random

from novation.emulator import names
from novation.emulator.customers import Customer
from novation.emulator.ids import guid
from novation.emulator.subscriptions import Subscription
from novation.emulator.users import Directory, User

MOST_USERS = 60


def make_directory(customer: Customer, seed: int, items: list[Subscription]) -> Directory:
    """The admin and up to sixty people, holding most of the seats that were bought."""
    draw = Random(f"{seed}/{customer.index}/users")
    language = names.COUNTRIES.get(customer.country, ("en",))[0]
    people = min(MOST_USERS, max((i.quantity for i in items if i.live and not i.is_trial), default=0))
    admin = User(guid(draw), customer.admin_upn, "Admin", customer.name[:40], customer.name, customer.country)
    users = {admin.id: admin}
    taken = {"admin"}
    for _ in range(people):
        first, last = names.person(draw, language)
        local = f"{names.ascii_folded(first)}.{names.ascii_folded(last)}"
        if local in taken:
            local = f"{local}{len(users)}"
        taken.add(local)
        user = User(
            guid(draw), f"{local}@{customer.domain}", first, last, f"{first} {last}", customer.country
        )
        users[user.id] = user
    holders = [user for user in users.values() if user is not admin]
    free: dict[str, int] = {}
    for item in items:
        if item.live and item.sku.part_id:
            free[item.sku.part_id] = free.get(item.sku.part_id, 0) + item.quantity
    for part_id, seats in free.items():
        used = min(len(holders), seats - (draw.random() < 0.3) * draw.randrange(0, 3))
        for user in draw.sample(holders, max(0, used)):
            user.licences[part_id] = []
    return Directory(users, {"62e90394-69f5-4237-9190-012177145e10": [admin.id]})
