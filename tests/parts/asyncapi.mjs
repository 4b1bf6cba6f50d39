// What @asyncapi/parser has against the document on standard input, as JSON; `node asyncapi.mjs <node_modules>`.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { Parser } = createRequire(`${process.argv[2]}/`)("@asyncapi/parser");
const { document, diagnostics } = await new Parser().parse(readFileSync(0, "utf8"));
const found = diagnostics.map(({ code, message, path, severity }) => ({ code, message, path, severity }));
const channels = document?.allChannels().all().map((channel) => channel.address()) ?? null;
console.log(JSON.stringify({ channels, found }));
