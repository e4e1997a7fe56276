"""Takes a batch of stock movements from a queue and answers which of them must be delivered again."""
import json
import logging
import os
import time

logger = logging.getLogger()
logger.setLevel(os.environ.get("LOG_LEVEL", "INFO"))

STOCK = {}


class StockBelowZero(Exception):
    pass


def apply(movement):
    sku, change = movement["sku"], int(movement["change"])
    level = STOCK.get(sku, int(os.environ.get("OPENING_STOCK", "40"))) + change
    if level < 0:
        raise StockBelowZero("%s would fall to %d" % (sku, level))
    STOCK[sku] = level
    time.sleep(0.002)
    return level


def handler(event, context):
    failures = []
    records = event["Records"]
    for record in records:
        try:
            movement = json.loads(record["body"])
            level = apply(movement)
            logger.info("Stock of %s changed by %+d to %d", movement["sku"], int(movement["change"]), level)
        except (ValueError, KeyError, StockBelowZero):
            logger.exception("Message %s is left for redelivery", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    logger.info("%d of %d messages done", len(records) - len(failures), len(records))
    return {"batchItemFailures": failures}
