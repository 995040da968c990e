/**
 * Configures from a file or a text, logs an event, and ends by itself; prints the issues where it is refused.
 *
 * Arguments: the file, or the text after `text:`; `json` for a parser that needs no package, `yaml` for the one that is installed; the options as JSON.
 */

import process from "node:process";
import { ConfigError, getLogger } from "../../../mod.ts";
import { configureFromFile, configureFromYaml, type YamlOptions } from "../../../src/yaml/yaml.ts";

const [source = "", parser = "", given = "{}"] = process.argv.slice(2);
const options: YamlOptions = { ...(parser === "json" && { parseYaml: (text) => JSON.parse(text) }), ...JSON.parse(given) };
try {
  if (source.startsWith("text:")) await configureFromYaml(source.slice("text:".length), options);
  else await configureFromFile(source, options);
  getLogger("configures").info("Event {N}", { N: 1 });
  console.log("The last line");
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.log(JSON.stringify(error.issues));
}
