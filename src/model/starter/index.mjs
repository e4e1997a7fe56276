// Says hello. Lambda calls handler with the event and waits for what it returns.

export const handler = async (event, context) => {
  console.log(JSON.stringify({ level: "INFO", message: "Called", event }));
  return { message: `Hello, ${event?.name ?? "world"}`, version: context.functionVersion };
};
