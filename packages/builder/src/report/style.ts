/** The report's own style sheet: light and dark by the reader's system, and for paper. */
export const STYLE = `
:root{color-scheme:light dark;--ink:#17212b;--soft:#5b6875;--line:#e1e6eb;--paper:#fff;--ground:#f4f6f8;--good:#177244;
--good-ground:#e3f4ea;--warn:#8a5a00;--warn-ground:#fdf1d6;--bad:#b3261e;--bad-ground:#fce8e6;--link:#0b62b8;
--images:#3b6fd4;--programs:#0d7f78;--runtime:#7a5bc2;--charts:#b8501a;--objects:#b23a7a;--installer:#4d6b7f;--records:#6b7079}
@media (prefers-color-scheme:dark){:root{--ink:#e6ebf0;--soft:#9aa7b4;--line:#2b3640;--paper:#161d24;--ground:#0e1419;
--good:#6fd39c;--good-ground:#143324;--warn:#f0c46a;--warn-ground:#3a2c0c;--bad:#ff9a91;--bad-ground:#41191a;--link:#7db8f5;
--images:#446fc6;--programs:#147a74;--runtime:#7c62bb;--charts:#b85a24;--objects:#a8467a;--installer:#557084;--records:#6d747e}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);
font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
main{max-width:1120px;margin:0 auto;padding:40px 24px 72px}
header .role{color:var(--soft);font-size:13px;letter-spacing:.04em;text-transform:uppercase;margin:0 0 6px}
h1{font-size:27px;line-height:1.25;margin:0 0 14px;overflow-wrap:anywhere;font-weight:650}
h2{font-size:18px;margin:0 0 6px;font-weight:650}h2+dl{margin-top:14px}
h3{font-size:14.5px;margin:24px 0 4px;font-weight:650}
.soft{color:var(--soft)}.note.after,.after{margin-top:16px}p:last-child,.note:last-child{margin-bottom:0}
section{background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:24px 26px;margin-top:20px}
.note{color:var(--soft);margin:0 0 16px;max-width:78ch}
.badges{display:flex;flex-wrap:wrap;gap:8px;margin:0}
.badge{display:inline-block;border-radius:999px;padding:3px 12px;font-size:13px;font-weight:550;border:1px solid transparent}
.badge.good{color:var(--good);background:var(--good-ground)}
.badge.warn{color:var(--warn);background:var(--warn-ground)}
.badge.bad{color:var(--bad);background:var(--bad-ground)}
.badge.plain{color:var(--soft);border-color:var(--line)}
.numbers{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:1px;background:var(--paper);
border:1px solid var(--line);border-radius:12px;overflow:hidden;margin-top:22px}
.numbers div{box-shadow:0 0 0 1px var(--line);padding:16px 20px}
.numbers b{display:block;font-size:23px;font-weight:650;line-height:1.2;font-variant-numeric:tabular-nums}
.numbers span{color:var(--soft);font-size:13px}
.picture{display:block;width:100%;height:auto;border-radius:6px}
.picture text{fill:#fff;font:600 11.5px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.picture .size{font-weight:400}
.images>rect,.swatch.images,.share .images{fill:var(--images);background:var(--images)}
.programs>rect,.swatch.programs,.share .programs{fill:var(--programs);background:var(--programs)}
.runtime>rect,.swatch.runtime,.share .runtime{fill:var(--runtime);background:var(--runtime)}
.charts>rect,.swatch.charts,.share .charts{fill:var(--charts);background:var(--charts)}
.objects>rect,.swatch.objects,.share .objects{fill:var(--objects);background:var(--objects)}
.installer>rect,.swatch.installer,.share .installer{fill:var(--installer);background:var(--installer)}
.records>rect,.swatch.records,.share .records{fill:var(--records);background:var(--records)}
.swatch{display:inline-block;width:11px;height:11px;border-radius:3px;margin-right:9px}
table{border-collapse:collapse;width:100%;font-size:13.5px}
th{text-align:left;color:var(--soft);font-weight:550;font-size:12.5px;padding:6px 14px 6px 0;border-bottom:1px solid var(--line)}
td{padding:9px 14px 9px 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
tr:last-child>td{border-bottom:0}
td:last-child,th:last-child{padding-right:0}
.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.legend{margin-top:16px}.legend td{padding-top:6px;padding-bottom:6px;white-space:nowrap}
.legend .number{padding-right:22px}.legend tr>td:last-child{padding-right:0}.share{width:52%}.share span{display:block;height:9px;margin-top:6px;border-radius:5px;min-width:2px}
code,.mono{font:12px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.digest{color:var(--soft);display:block;margin-top:2px;font-size:11px}
@media (min-width:1000px){td>.digest{white-space:nowrap}}
.name{font-weight:600}.keep{white-space:nowrap}.sign{width:44px}
@media (min-width:701px){.sign+.name{width:36%}.pairs td:first-child,.pairs th:first-child{width:240px}}
ul.requirers{margin:0;padding:0;list-style:none}ul.requirers li+li{margin-top:3px}
.when{color:var(--soft);white-space:nowrap}
.tag{display:inline-block;border-radius:4px;padding:0 7px;font-size:12px;font-weight:550;white-space:nowrap}
.tag.good{color:var(--good);background:var(--good-ground)}.tag.warn{color:var(--warn);background:var(--warn-ground)}
.tag.bad{color:var(--bad);background:var(--bad-ground)}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
dl{display:grid;grid-template-columns:max-content 1fr;gap:7px 22px;margin:0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
pre{background:var(--ground);border:1px solid var(--line);border-radius:8px;padding:14px 16px;margin:0;white-space:pre-wrap;overflow-wrap:anywhere}
details{margin-top:14px}summary{cursor:pointer;color:var(--link)}details[open] summary{margin-bottom:10px}
.problems{border-color:var(--bad)}.problems li{margin:4px 0}
.sign-off label{display:block;margin-top:14px}.sign-off label>span{display:block;color:var(--soft);font-size:13px;margin-bottom:4px}
.sign-off fieldset{border:0;margin:0;padding:0}.sign-off legend{color:var(--soft);font-size:13px;padding:0}
.sign-off .choice{display:inline-block;margin:6px 24px 0 0}
.sign-off input[type=text],.sign-off textarea{width:100%;font:inherit;color:inherit;background:var(--ground);
border:1px solid var(--line);border-radius:6px;padding:8px 10px;min-height:40px}
.fields{display:grid;grid-template-columns:2fr 1fr 2fr;gap:0 18px}
footer{color:var(--soft);font-size:13px;margin-top:26px}
@media (max-width:700px){main{padding:24px 12px}section{padding:18px 16px}h1{font-size:22px}.fields{grid-template-columns:1fr}
dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:10px}.numbers{grid-template-columns:1fr 1fr}.share,.picture text{display:none}
.legend td{padding-right:10px}.legend .number{padding-right:10px}
.cards:not(.pairs),.cards:not(.pairs) :is(tbody,tr,td){display:block}.cards:not(.pairs) thead{display:none}
.cards:not(.pairs) tr{border:1px solid var(--line);border-radius:8px;padding:8px 12px;margin-top:10px}
.cards:not(.pairs) td{border:0;padding:4px 0;text-align:left;white-space:normal;width:auto}
.cards:not(.pairs) td[data-label]{display:grid;grid-template-columns:104px minmax(0,1fr);gap:10px}
.cards:not(.pairs) td[data-label]::before{content:attr(data-label);color:var(--soft);font-size:12.5px}
.cards:not(.pairs) td:not([data-label]):empty{display:none}.when{white-space:normal}}
@media print{:root{color-scheme:light;--ink:#17212b;--soft:#4d5965;--line:#c9d0d6;--paper:#fff;--ground:#fff;--good:#177244;--good-ground:#e3f4ea;
--warn:#8a5a00;--warn-ground:#fdf1d6;--bad:#b3261e;--bad-ground:#fce8e6;--link:#17212b}
body{font-size:12px}main{max-width:none;padding:0}section{border:0;border-radius:0;border-top:1px solid var(--line);padding:14px 0;margin-top:14px}
tr,.sign-off,.picture,.numbers{break-inside:avoid}h2,h3{break-after:avoid}
.sign-off input[type=text],.sign-off textarea{border:0;border-bottom:1px solid #555;border-radius:0}
details::details-content{content-visibility:visible;block-size:auto}summary{list-style:none;color:inherit}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
@page{margin:16mm}
`
