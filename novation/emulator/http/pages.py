"""The look of the emulator's own pages: small, accessible, no script."""

from __future__ import annotations

import html

from novation.emulator.http.calls import Answer

_STYLE = """
:root{color-scheme:light dark;--bg:#f6f7f8;--surface:#fff;--ink:#16191d;--ink-2:#434a53;--line:#dfe3e7;
--accent:#1c4f8f;--on:#fff;--good:#17633a;--bad:#a01919}
@media (prefers-color-scheme:dark){:root{--bg:#0f1113;--surface:#16191c;--ink:#e8ebee;--ink-2:#bec5cc;
--line:#292e33;--accent:#8fb8ee;--on:#0a1a2e;--good:#86d3a6;--bad:#ffa39c}
}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);
font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:46rem;margin:2rem auto;padding:1.5rem 2rem 2rem;background:var(--surface);
border:1px solid var(--line);border-radius:.5rem}
main.wide{max-width:70rem}
td{white-space:nowrap}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem}
h2{font-size:1.1rem;margin:1.5rem 0 .5rem}
p{margin:.5rem 0}
.lead{font-size:1.05rem}
.small{font-size:.875rem;color:var(--ink-2)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:1rem 0}
dt{color:var(--ink-2)}
dd{margin:0;overflow-wrap:anywhere}
button{font:inherit;padding:.5rem 1rem;border-radius:.25rem;border:1px solid var(--line);background:var(--surface);
color:var(--ink);cursor:pointer}
button.primary{background:var(--accent);border-color:var(--accent);color:var(--on)}
button:focus-visible,a:focus-visible,input:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
input,select{font:inherit;padding:.4rem .6rem;border:1px solid #808994;border-radius:.25rem;
background:var(--surface);color:var(--ink);width:100%;max-width:26rem}
label{display:block;margin:.75rem 0 .25rem;font-weight:600}
label.choice{font-weight:400;display:flex;gap:.5rem;align-items:baseline}
input[type=checkbox]{width:auto;flex:none}
.scroll{overflow-x:auto}
.scroll:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
a{color:var(--accent)}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.good{color:var(--good)}
.bad{color:var(--bad)}
.row{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1.25rem}
.doc{max-height:16rem;overflow:auto;border:1px solid var(--line);border-radius:.25rem;padding:.5rem 1rem;
background:var(--bg)}
@media (max-width:40rem){main{margin:0;border:0;border-radius:0;padding:1rem}
dl{grid-template-columns:1fr;gap:0}
dd{margin-bottom:.5rem}
}
"""


def page(title: str, body: str, *, status: int = 200, wide: bool = False, language: str = "en") -> Answer:
    """A whole HTML page. ``body`` is trusted markup; everything variable in it must be escaped before."""
    text = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{html.escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><main{' class=wide' if wide else ''}>"
        f"<h1>{html.escape(title)}</h1>{body}</main></body></html>"
    )
    return Answer(
        status,
        raw=text.encode(),
        content_type="text/html; charset=utf-8",
        headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"},
    )


def table(name: str, heads: list[tuple[str, bool]], rows: list[list[str]]) -> str:
    """A table that scrolls by itself on a narrow screen; heads are (text, is a number). Escaped."""
    kinds = [" class=n" if number else "" for _, number in heads]
    head = "".join(
        f'<th scope="col"{kind}>{html.escape(text)}</th>'
        for (text, _), kind in zip(heads, kinds, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(f"<td{kind}>{html.escape(cell)}</td>" for cell, kind in zip(row, kinds, strict=True))
        + "</tr>"
        for row in rows
    )
    empty = f"<tr><td colspan={len(heads)}>None yet.</td></tr>"
    return (
        f'<h2>{html.escape(name)}</h2><div class="scroll" tabindex="0" role="region" aria-label="{html.escape(name)}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body or empty}</tbody></table></div>"
    )


def definition_list(pairs: list[tuple[str, str]]) -> str:
    """A list of terms and values, escaped."""
    return "<dl>" + "".join(f"<dt>{html.escape(t)}</dt><dd>{html.escape(v)}</dd>" for t, v in pairs) + "</dl>"
