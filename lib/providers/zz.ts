import { readFileSync } from 'node:fs';
import { findProvider } from '#lib/providers/registry.ts';
const L=readFileSync('/work/shared/data/panther/cases.jsonl','utf8').trim().split('\n').map((l)=>JSON.parse(l));
const rec=L.filter((c:any)=>String(c.log_types)==='Okta.SystemLog'&&c.event?.published&&c.event.published!=='redacted').map((c:any)=>c.event);
const k=L.filter((c:any)=>c.event?.p_log_type==='Azure.Audit').map((c:any)=>c.event);
for(const [n,rs] of [['okta',rec],['entra',k]] as const){const p=findProvider(n)!;for(let i=0;i<5000;i++)p.map(rs[i%rs.length]);const t=performance.now();for(let i=0;i<20000;i++)p.map(rs[i%rs.length]);console.log(n,Math.round(20000/((performance.now()-t)/1000)),'records/s');}
