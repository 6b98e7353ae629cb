"""The main roads through the API: what one answer names, the next request asks about. Added to the document as OpenAPI links."""

SESSION = {"session": "$response.body#/session"}
SAME_SESSION = {"session": "$request.path.session"}

#: (operation that answers, operation that follows, where the follower's parameters come from)
ROADS = [
    *(("join_join", then, SESSION) for then in (
        "party_show", "cart_put_line", "cart_quote", "orders_place", "party_call", "ways_show", "payments_start", "split_split",
        "party_covers", "guarded_discount", "till_take_cash", "floor_close_table")),
    *(("floor_open_table", then, SESSION) for then in ("party_show", "cart_quote", "party_vip", "party_move", "floor_close_table")),
    ("cart_put_line", "cart_set_quantity", SAME_SESSION | {"line": "$request.body#/line"}),
    ("cart_put_line", "cart_quote", SAME_SESSION),
    ("cart_quote", "orders_place", SAME_SESSION),
    *(("orders_place", then, SAME_SESSION | {"order": "$request.body#/order"}) for then in ("orders_show", "orders_cancel")),
    *(("orders_place", then, {"order": "$request.body#/order"}) for then in ("orders_accept", "counter_call_again", "counter_collected")),
    *(("orders_place", then, SAME_SESSION | {"line": "$request.body#/lines/0/line"}) for then in (
        "party_rush", "guarded_void", "guarded_comp", "guarded_reprice", "party_divide", "party_weigh")),
    *(("orders_place", then, SAME_SESSION) for then in (
        "party_fire", "payments_start", "split_split", "till_take_cash", "till_take_tender", "guarded_discount", "ways_pay_code")),
    ("split_split", "split_undo", SAME_SESSION),
    *(("payments_start", then, SAME_SESSION | {"ask": "$request.body#/ask"}) for then in (
        "payments_show", "payments_check", "payments_cancel")),
    ("till_take_cash", "refunds_refund", SAME_SESSION),
    ("till_take_cash", "refunds_reopen", SAME_SESSION),
    ("till_take_cash", "floor_close_table", SAME_SESSION),
    *(("shifts_open", then, {"shift": "$request.body#/shift"}) for then in ("shifts_move_cash", "shifts_close")),
    *(("approvals_ask", then, {"approval": "$request.body#/approval"}) for then in ("approvals_give", "approvals_refuse")),
    *(("queue_take", then, {"entry": "$request.body#/entry"}) for then in ("queue_call", "queue_end")),
    ("tables_reserve", "tables_end_reservation", {"reservation": "$request.body#/reservation"}),
    ("tables_lock", "tables_unlock", {"table": "$request.path.table"}),
    ("people_put", "people_end", {"id": "$request.path.id"}),
]


def add(document: dict) -> None:
    """Adds a link for every road. A road to or from an operation that is gone is a mistake here."""
    operations = {
        operation["operationId"]: operation
        for path in document["paths"].values() for operation in path.values() if isinstance(operation, dict)
    }
    for first, then, parameters in ROADS:
        if then not in operations:
            raise SystemExit(f"tests/api/links.py: no operation is called {then}")
        for status, answer in operations[first]["responses"].items():
            if status.startswith("2"):
                answer.setdefault("links", {})[f"{first} {then}".replace(" ", "_to_")] = {"operationId": then, "parameters": parameters}
