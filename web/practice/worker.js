// Judges answers with MicroPython, away from the page: what loops or crashes here, the page ends.
// In comes { cells } once, then { given, answer, check } for each run; out goes one message each.
import { loadMicroPython } from "./micropython.mjs";

const send = postMessage.bind(self);
const HEAP = 64 * 1024 * 1024;
// What MicroPython needs of the global object while it runs: the language, and a few more.
const NEEDED = new RegExp(
  "^(.*Array|.*Error|Array.*|Module|proxy_js_.*|pyProxy.*|Object|Map|Set|Weak.*|Fin.*|Promise" +
    "|Proxy|Reflect|Symbol|Math|Date|Number|String|BigInt|Boolean|JSON|DataView|RegExp|Iterator" +
    "|is.*|parse.*|undefined|NaN|Infinity|Atomics|WebAssembly|Text.*|performance|crypto" +
    "|globalThis)$",
);

// The modules that lead to JavaScript are none that a reader's Python has.
const PREPARE = `
import builtins, json, sys

def without(*names):
    imported = builtins.__import__
    def imports(name, *rest):
        if name.split(".")[0] in names:
            raise ImportError("no module named '%s'" % name)
        return imported(name, *rest)
    return imports

builtins.__import__ = without("js", "jsffi", "uctypes")
sys.path.insert(0, "/")
import judge
page = judge.prepare(json.loads(cells))
`;

// Take from the worker all that reaches out of it. Should those modules be reached all the same,
// there is no global object, no constructor that compiles text, and nothing that sends.
function harden() {
  proxy_js_ref[0] = Object.freeze(Object.create(null)); // what `js` stands for
  for (const made of [() => 0, async () => 0, function* () {}, async function* () {}])
    delete Object.getPrototypeOf(made).constructor;
  for (let at = globalThis; at !== Object.prototype; at = Object.getPrototypeOf(at))
    for (const name of Reflect.ownKeys(at))
      if (!NEEDED.test(String(name))) Reflect.deleteProperty(at, name);
}

async function start(cells) {
  const get = async (name) => (await fetch(new URL(name, import.meta.url))).json();
  const silent = { stdout() {}, stderr() {}, stdin: () => null }; // what is printed, judge returns
  const [python, files] = await Promise.all([
    loadMicroPython({ ...silent, linebuffer: false, heapsize: HEAP }),
    get("python.json"),
  ]);
  for (const [path, text] of Object.entries(files)) {
    path.split("/").slice(0, -1).reduce((folder, name) => {
      if (!python.FS.analyzePath(folder + name).exists) python.FS.mkdir(folder + name);
      return `${folder}${name}/`;
    }, "/");
    python.FS.writeFile(`/${path}`, text);
  }
  harden();
  python.globals.set("cells", JSON.stringify(cells)); // a text, so that no object of ours is there
  python.runPython(PREPARE);
  return ({ given, answer, check }) => {
    Object.entries({ given, answer, check }).forEach((each) => python.globals.set(...each));
    python.runPython("said = judge.judge(page, given, answer, check)");
    return python.globals.get("said");
  };
}

let judge; // a promise of the function that judges
addEventListener("message", async ({ data }) => {
  try {
    if (data.cells) send({ ready: !!(await (judge = start(data.cells))) });
    else send({ said: (await judge)(data) });
  } catch (error) {
    // A fault of the machine, not of the answer: the page starts another worker.
    send({ crash: String(error.message).trim().split("\n").pop() });
  }
});
