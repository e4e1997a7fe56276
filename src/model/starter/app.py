"""Says hello. Lambda calls handler with the event and waits for what it returns."""
import json


def handler(event, context):
    print(json.dumps({"level": "INFO", "message": "Called", "event": event}, ensure_ascii=False))
    name = event.get("name", "world") if isinstance(event, dict) else "world"
    return {"message": "Hello, %s" % name, "version": context.function_version}
