"""The pages, one module per subject. Each is a selector in and a service out."""
