"""Takes an order as API Gateway hands it over, checks it, prices it, and answers as an HTTP API does."""
import json
import os
import random
import sqlite3
import time
import uuid

CURRENCY = os.environ.get("CURRENCY", "JPY")
MAX_LINES = int(os.environ.get("MAX_LINES", "20"))

CATALOGUE = [
    ("tea-01", "宇治抹茶 30g", 1620), ("tea-02", "ほうじ茶 100g", 980), ("cup-07", "有田焼 湯のみ", 3300),
    ("fan-12", "京扇子", 4800), ("ink-03", "固形墨", 2450), ("brush-05", "筆 中鋒", 1980),
]


def open_catalogue():
    """Built when the environment starts; now and then the campaign's prices are loaded as well, which takes longer."""
    database = sqlite3.connect(":memory:")
    database.execute("create table product (sku text primary key, name text, price integer)")
    database.executemany("insert into product values (?, ?, ?)", CATALOGUE)
    if random.random() < 0.4:
        rows = [("sku-%06d" % n, "在庫 %d" % n, 100 + n % 9000) for n in range(120_000)]
        database.executemany("insert into product values (?, ?, ?)", rows)
        log("INFO", "Loaded the prices of the campaign", campaign="春の茶会", products=len(rows))
    return database


def log(level, message, **fields):
    print(json.dumps({"level": level, "message": message, **fields}, ensure_ascii=False))


DATABASE = open_catalogue()


class Invalid(Exception):
    """The customer's mistake: answered with 400, and no error of the function."""


class PaymentDeclined(Exception):
    """The payment provider said no: the function fails, so that the order is not lost unseen."""


def price(lines):
    if not lines:
        raise Invalid("an order needs at least one line")
    if len(lines) > MAX_LINES:
        raise Invalid("an order has at most %d lines" % MAX_LINES)
    total = 0
    for line in lines:
        found = DATABASE.execute("select name, price from product where sku = ?", (line["sku"],)).fetchone()
        if not found:
            raise Invalid("no such product: %s" % line["sku"])
        if not 1 <= line.get("quantity", 1) <= 99:
            raise Invalid("quantity must be between 1 and 99")
        total += found[1] * line.get("quantity", 1)
    return total


def name_of(line):
    return DATABASE.execute("select name from product where sku = ?", (line["sku"],)).fetchone()[0]


def charge(order, total):
    # The provider takes a moment, and longer for large sums.
    time.sleep(0.01 + min(total, 100_000) / 100_000 * 0.12)
    if order.get("card", "").endswith("0000"):
        raise PaymentDeclined("card ending in 0000 was declined for %d %s" % (total, CURRENCY))


def answer(status, body):
    return {"statusCode": status, "headers": {"content-type": "application/json; charset=utf-8"},
            "body": json.dumps(body, ensure_ascii=False)}


def handler(event, context):
    order = json.loads(event.get("body") or "{}")
    order_id = order.get("id") or str(uuid.uuid4())
    log("INFO", "Order received", orderId=order_id, lines=len(order.get("lines", [])), requestId=context.aws_request_id)
    try:
        total = price(order.get("lines", []))
    except Invalid as reason:
        log("WARN", "Order refused: the customer is told why", orderId=order_id, reason=str(reason))
        return answer(400, {"message": str(reason)})
    try:
        charge(order, total)
    except PaymentDeclined as reason:
        log("ERROR", "Payment declined: the order is not placed", orderId=order_id, reason=str(reason))
        raise
    log("INFO", "Order placed", orderId=order_id, total=total, currency=CURRENCY, first=name_of(order["lines"][0]),
        remainingMs=context.get_remaining_time_in_millis())
    return answer(201, {"orderId": order_id, "total": total, "currency": CURRENCY})
