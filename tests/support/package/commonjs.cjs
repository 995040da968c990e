/**
 * What require() of an entry gives where it takes no ES module: on Node before 20.19 and 22.12, and in Jest. The text of each file is run
 * with its first line, which imports, and its last, which exports, put into CommonJS. The files' form is the build's, and nothing else is run.
 */
"use strict";

const { readFileSync } = require("node:fs");
const { join } = require("node:path");

const loaded = new Map();

module.exports = function load(name) {
  if (loaded.has(name)) return loaded.get(name);
  const exported = {};
  loaded.set(name, exported);
  const text = readFileSync(join(__dirname, name), "utf8");
  const [begin, end] = [text.indexOf("\n"), text.lastIndexOf("\nexport{")];
  const imports = text.slice(0, begin).replace(/import{(.*?)}from"\.\/(.*?)"/g, (_, names, file) => {
    return `const{${names.replaceAll(" as ", ":")}}=load("${file}")`;
  });
  const exports = text.slice(end + "\nexport{".length, text.indexOf("}", end)).split(",").map((pair) => {
    const [own, given = own] = pair.split(" as ");
    return `${given}:{enumerable:true,get:()=>${own}}`;
  });
  const head = `"use strict";${imports}Object.defineProperties(exported,{${exports}});`;
  new Function("load", "exported", `${head}${text.slice(begin, end)}\n//# sourceURL=${join(__dirname, name)}`)(load, exported);
  return exported;
};
