/** Ink on paper, in light and dark, from a wide desk to a phone. */
export const REPORT_CSS = `
:root{--ground:#DBD9D2;--sheet:#ECEAE5;--sheet-2:#F7F6F2;--ink-1:#14191C;--ink-2:#3C4448;--ink-3:#565E61;--ink-4:#878B89;--line:#C9C6BD;--line-2:#7F7F78}
@media (prefers-color-scheme:dark){:root{--ground:#121618;--sheet:#1A1F22;--sheet-2:#242A2E;--ink-1:#E9E6DE;--ink-2:#BEBEB8;--ink-3:#979B99;--ink-4:#666C6D;--line:#31383C;--line-2:#7B8284}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink-1);font:400 14px/1.45 'IBM Plex Sans',system-ui,-apple-system,'Segoe UI',sans-serif;font-variant-numeric:tabular-nums lining-nums;-webkit-text-size-adjust:100%}
header{display:flex;flex-wrap:wrap;gap:8px 32px;justify-content:space-between;align-items:center;padding:14px 20px;background:var(--sheet);border-bottom:1px solid var(--line-2)}
h1{margin:0;font-size:20px;font-weight:600;line-height:1.2}
header p{margin:2px 0 0;color:var(--ink-2)}
.when{text-align:end}
main{display:grid;grid-template-columns:minmax(340px,430px) minmax(0,1fr) minmax(270px,330px);background:var(--sheet)}
section+section{border-inline-start:1px solid var(--line)}
section{min-width:0;padding-bottom:16px}
h2{display:flex;flex-wrap:wrap;justify-content:space-between;gap:2px 12px;margin:16px 0 6px;padding:0 16px 0 24px;font-size:14px;font-weight:600;position:relative}
h2::before{content:'';position:absolute;inset-inline-start:16px;top:4px;width:2px;height:12px;background:var(--ink-1)}
h2 span{font-weight:400;color:var(--ink-3)}
p{margin:4px 16px;color:var(--ink-2)}
.word{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:baseline;gap:4px 16px;padding:14px 16px 12px;border-bottom:1px solid var(--line)}
.word strong{font-size:26px;font-weight:500;line-height:1.1}
.doubt{border-inline-start:2px dashed var(--ink-3);padding-inline-start:10px;margin-top:8px}
table{width:calc(100% - 16px);margin:0 8px;border-collapse:collapse}
th{font-weight:400;font-size:12px;color:var(--ink-3);text-align:start;padding:6px 8px;border-bottom:1px solid var(--line-2)}
td{padding:6px 8px;border-bottom:1px solid var(--line);vertical-align:top}
.n{text-align:end;white-space:nowrap}
.first{text-align:start;width:64px}
.soft{color:var(--ink-3)}
.key{overflow-wrap:anywhere}
.missed{background:var(--sheet-2);box-shadow:inset 4px 0 0 var(--ink-1);font-weight:600}
.mk{display:block;width:16px;height:16px;margin-top:2px;fill:none;stroke:var(--ink-1);stroke-width:2.4}
.bar{width:36%}
.bar i{display:block;height:8px;margin-top:6px;background:var(--ink-4)}
.sums{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:4px;padding:2px 16px 8px;font-size:12px;color:var(--ink-3)}
.sums b{display:block;font-size:15px;font-weight:500;color:var(--ink-1)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(128px,1fr));border-bottom:1px solid var(--line)}
.tiles div{padding:10px 14px}
.tiles span{display:block;font-size:12px;color:var(--ink-3)}
.tiles b{font-size:22px;font-weight:500;line-height:1.2;white-space:nowrap}
.scroll{overflow-x:auto;padding:0 8px}
svg[role=img]:not(.mk){display:block;width:100%;min-width:560px;height:auto}
svg text{font-size:11.5px;fill:var(--ink-2)}
svg .strong,svg .mark{font-weight:600;fill:var(--ink-1)}
svg .mark{paint-order:stroke;stroke:var(--sheet);stroke-width:4px}
svg path{fill:none}
.axis{stroke:var(--line-2)}.tick{stroke:var(--ink-3)}
.goal{stroke:var(--ink-2);stroke-dasharray:2 3}
.span{stroke:var(--ink-3);stroke-dasharray:2 3}
.bracket{stroke:var(--ink-1);stroke-width:2}
.line{stroke-linejoin:round}
.ink-1{stroke:var(--ink-1);stroke-width:2}.ink-2{stroke:var(--ink-2);stroke-width:1.5}.ink-3{stroke:var(--ink-3);stroke-width:1.1}
.dashed{stroke-dasharray:5 4}
footer{padding:12px 20px 24px;color:var(--ink-3);border-top:1px solid var(--line-2)}
footer p{margin:0;max-width:100ch;color:inherit}
@media (max-width:1180px){main{grid-template-columns:minmax(0,1fr) minmax(0,1fr)}.charts{grid-column:1/3;grid-row:2;border-inline-start:0!important;border-top:1px solid var(--line-2)}}
@media (max-width:720px){main{grid-template-columns:minmax(0,1fr)}.charts{grid-column:1;grid-row:auto}section+section{border-inline-start:0;border-top:1px solid var(--line-2)}body{font-size:16px}.when{text-align:start}th,.sums,.tiles span{font-size:14px}.sums{grid-template-columns:1fr 1fr;gap:8px}}
@media print{body{background:#fff}main{background:#fff}}
`
