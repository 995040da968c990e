/** Decides the look of the page, in a dark and a light theme. */

/** The colours of one form, by the names of the variables that hold them. */
export type Palette = Readonly<Record<string, string>>;

/** The colours on a light ground. */
export const light: Palette = {
  ground: "#ffffff",
  panel: "#f4f6f9",
  raised: "#e6eaf0",
  line: "#d3d9e2",
  text: "#1b2130",
  dim: "#566073",
  accent: "#1d5fd1",
  selected: "#dbe8ff",
  hover: "#eef3fb",
  wrong: "#fdecec",
  trace: "#596275",
  debug: "#0b7285",
  info: "#14704a",
  warn: "#8a4b00",
  error: "#b91c1c",
  fatal: "#9c1a6b",
  "bar-trace": "#aab3c1",
  "bar-debug": "#4aa9bb",
  "bar-info": "#58b287",
  "bar-warn": "#e0a030",
  "bar-error": "#e0504d",
  "bar-fatal": "#b0308a",
};

/** The colours on a dark ground. */
export const dark: Palette = {
  ground: "#10141b",
  panel: "#171c26",
  raised: "#232b38",
  line: "#2d3645",
  text: "#e1e7f0",
  dim: "#9aa6b8",
  accent: "#7fb0ff",
  selected: "#1c3357",
  hover: "#1b2330",
  wrong: "#3a1c20",
  trace: "#a0abbb",
  debug: "#56c6da",
  info: "#59d499",
  warn: "#f5b942",
  error: "#ff8a84",
  fatal: "#f58ad2",
  "bar-trace": "#566173",
  "bar-debug": "#2c8da1",
  "bar-info": "#2f9e6b",
  "bar-warn": "#d29922",
  "bar-error": "#e5534b",
  "bar-fatal": "#c2449b",
};

const variables = (palette: Palette): string => Object.entries(palette).map(([name, colour]) => `--${name}:${colour}`).join(";");
const levelRules = ["trace", "debug", "info", "warn", "error", "fatal"]
  .map((name, rank) => `.l${rank}{color:var(--${name})}.b${rank}{background:var(--bar-${name})}`).join("\n");

/** Height of a row of the list in pixels. The script uses the same number. */
export const rowHeight = 24;

/** The style sheet. */
export const style: string = `
:root{color-scheme:light;${variables(light)}}
:root[data-theme="dark"]{color-scheme:dark;${variables(dark)}}
@media (prefers-color-scheme: dark){:root[data-theme="auto"]{color-scheme:dark;${variables(dark)}}}
*{box-sizing:border-box}
[hidden]{display:none!important}
html,body{height:100%;margin:0}
body{display:flex;flex-direction:column;background:var(--ground);color:var(--text);font:13px/1.45 system-ui,-apple-system,"Segoe UI",sans-serif;overflow:hidden}
code,pre,kbd,.mono,#filter,#list{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
button,select,input{font:inherit;color:inherit;background:var(--ground);border:1px solid var(--line);border-radius:6px;padding:4px 9px;height:30px}
button{cursor:pointer;white-space:nowrap}
button:hover{background:var(--hover)}
button[aria-pressed="true"]{background:var(--accent);color:var(--ground);border-color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:1px}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.dim{color:var(--dim)}
header{display:flex;flex-wrap:wrap;gap:6px;align-items:center;padding:8px 12px;background:var(--panel);border-bottom:1px solid var(--line)}
h1{font-size:14px;font-weight:650;margin:0 4px 0 0}
#search{position:relative;display:flex;flex:1 1 380px;min-width:220px}
#filter{flex:1;min-width:0;border-radius:6px 0 0 6px;font-size:12.5px}
#filter[aria-invalid="true"]{border-color:var(--error)}
#filter::placeholder{color:var(--dim);opacity:1}
#unfilter,#recent{border-left:0;border-radius:0;padding:4px 8px}
#recent{border-radius:0 6px 6px 0}
#history{position:absolute;z-index:5;top:34px;left:0;right:0;margin:0;padding:4px;list-style:none;background:var(--ground);border:1px solid var(--line);border-radius:6px;box-shadow:0 8px 24px #0004;max-height:50vh;overflow:auto}
#history button{display:block;width:100%;border:0;text-align:left;overflow:hidden;text-overflow:ellipsis;font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12.5px}
#problem{display:flex;flex-wrap:wrap;gap:4px 16px;align-items:center;padding:8px 12px;background:var(--wrong);border-bottom:1px solid var(--line)}
#problem pre{flex-basis:100%;margin:0;white-space:pre;overflow-x:auto}
#histogram{padding:8px 12px 2px;border-bottom:1px solid var(--line)}
#bars{display:flex;gap:2px;height:52px;align-items:stretch}
#bars button{flex:1;min-width:0;height:auto;border:0;border-radius:2px;padding:0;background:none;display:flex;flex-direction:column-reverse;overflow:hidden}
#bars button:hover{background:var(--raised)}
#bars i{display:block;width:100%;flex:none}
#axis{display:flex;justify-content:space-between;align-items:center;min-height:22px;font-size:11px;color:var(--dim)}
#range{height:20px;padding:0 8px;font-size:11px;background:var(--selected);border-color:var(--accent);color:var(--text)}
main{flex:1;min-height:0;display:flex}
#stream{position:relative;flex:1;min-width:0;min-height:0;display:flex}
#list{flex:1;min-width:0;overflow-y:scroll;overflow-x:hidden;overflow-anchor:none;font-size:12.5px}
#list:focus-visible{outline-offset:-2px}
#spacer{position:relative;overflow:clip}
#window{position:absolute;left:0;right:0;top:0;height:0}
.row{position:absolute;left:0;right:0;top:0;contain:strict;display:flex;gap:10px;height:${rowHeight}px;line-height:${rowHeight}px;padding:0 12px 0 9px;border-left:3px solid transparent;white-space:pre;overflow:hidden;cursor:default}
.row:hover{background:var(--hover)}
.row.bad{border-left-color:var(--bar-error);background:var(--wrong)}
.row.warned{border-left-color:var(--bar-warn)}
.row[aria-selected="true"]{background:var(--selected)}
.row .time{color:var(--dim);flex:none}
.row .level{flex:none;width:3ch;font-weight:650}
.row .logger{flex:none;max-width:20ch;overflow:hidden;text-overflow:ellipsis;color:var(--dim)}
.row .message{flex:1;min-width:0;overflow:hidden;text-overflow:ellipsis}
.row .took{flex:none;color:var(--dim)}
.row .mark{flex:none;color:var(--error);font-size:11px}
#empty{position:absolute;inset:0;overflow:auto;padding:48px 24px;text-align:center;pointer-events:none}
#empty>*{pointer-events:auto}
#empty pre{display:inline-block;text-align:left;background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:12px 16px;max-width:100%;overflow:auto}
#follow{position:absolute;right:24px;bottom:14px;background:var(--accent);color:var(--ground);border-color:var(--accent);box-shadow:0 4px 14px #0005;border-radius:16px}
#side{flex:none;width:min(460px,45vw);min-width:0;display:flex;flex-direction:column;background:var(--panel);border-left:1px solid var(--line)}
#tabs{display:flex;gap:2px;padding:6px 8px 0;border-bottom:1px solid var(--line)}
#tabs [role="tab"]{border:0;border-bottom:2px solid transparent;border-radius:0;background:none;color:var(--dim)}
#tabs [role="tab"]:hover{color:var(--text)}
#tabs [aria-selected="true"]{color:var(--text);border-bottom-color:var(--accent);font-weight:600}
#close{margin-left:auto;border:0;background:none}
#panel{flex:1;overflow:auto;padding:12px}
#panel h2{font-size:14px;font-weight:600;margin:0 0 4px;overflow-wrap:anywhere;white-space:pre-wrap}
#panel h3{font-size:12px;font-weight:600;margin:14px 0 4px;color:var(--dim)}
#panel>h3:first-child{margin-top:0}
#panel p{margin:4px 0}
.actions{display:flex;flex-wrap:wrap;gap:6px;margin:8px 0}
pre.exception{margin:4px 0;padding:8px 10px;background:var(--ground);border:1px solid var(--line);border-left:3px solid var(--bar-error);border-radius:6px;overflow:auto;max-height:300px;font-size:12px;line-height:1.5}
.values{margin:0;font-size:12.5px}
.value{display:flex;align-items:flex-start;gap:6px;padding:1px 0;border-bottom:1px solid var(--line)}
.value>.name{flex:none;width:34%;padding:3px 0;color:var(--dim);overflow-wrap:anywhere}
.value>button.name{height:auto;border:0;background:none;text-align:left;white-space:normal}
.value>button.name:hover{color:var(--text);text-decoration:underline}
.value>.only{flex:1;min-width:0;height:auto;min-height:24px;border:0;background:none;padding:2px 4px;text-align:left;white-space:pre-wrap;overflow-wrap:anywhere;font-family:ui-monospace,Menlo,Consolas,monospace}
.value>.only:hover{background:var(--selected)}
.value>.without{flex:none;height:22px;padding:0 6px;border-color:transparent;background:none;color:var(--dim)}
.value>.without:hover{color:var(--text);border-color:var(--line)}
details.nested{border-bottom:1px solid var(--line)}
details.nested>summary{padding:4px 0;cursor:pointer;color:var(--dim)}
details.nested>div{padding-left:14px}
.item{display:flex;gap:10px;width:100%;height:auto;min-height:28px;align-items:baseline;border:0;border-bottom:1px solid var(--line);border-radius:0;background:none;text-align:left;white-space:normal;padding:4px}
.item:hover{background:var(--hover)}
.item .number{flex:none;min-width:7ch;text-align:right;font-variant-numeric:tabular-nums;font-weight:600}
.item .what{flex:1;min-width:0;overflow-wrap:anywhere;font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12px}
.item .level{flex:none;width:3ch;font-weight:650;font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12px}
.item.here{background:var(--selected)}
.lane{flex:none;position:relative;width:36%;height:14px;align-self:center;background:var(--raised);border-radius:3px;overflow:hidden}
.lane i{position:absolute;top:2px;bottom:2px;min-width:3px;border-radius:2px}
.lane i.point{width:6px;border-radius:3px}
footer{display:flex;gap:16px;padding:4px 12px;background:var(--panel);border-top:1px solid var(--line);font-size:12px;color:var(--dim)}
#connection::before{content:"";display:inline-block;width:8px;height:8px;border-radius:4px;margin-right:6px;background:var(--bar-warn)}
#connection.live::before{background:var(--bar-info)}
#said{margin-left:auto;color:var(--text)}
dialog{background:var(--ground);color:var(--text);border:1px solid var(--line);border-radius:10px;padding:20px 24px;max-width:min(760px,92vw)}
dialog::backdrop{background:#0008}
dialog h2{margin:0 0 10px;font-size:15px}
dialog dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px;margin:0 0 14px}
dialog dd{margin:0;color:var(--dim)}
kbd{border:1px solid var(--line);border-bottom-width:2px;border-radius:4px;padding:0 5px;background:var(--panel)}
${levelRules}
@media (max-width:900px){
main{flex-direction:column}
#side{width:auto;height:48%;border-left:0;border-top:1px solid var(--line)}
dialog dl{grid-template-columns:1fr}
.row .logger{display:none}
}
`;
