import { type Chart, chart, safe } from './charts.ts'
import { faultWords } from './fault-words.ts'
import type { LoadReport } from './report.ts'
import { REPORT_CSS } from './report-css.ts'
import { GENERATOR } from './sampler.ts'

/** The report as one page that needs nothing else: no script, no font, no image from anywhere. */
export function reportHtml(report: LoadReport): string {
  const { profile } = report
  const title = `Load test ${profile.name}: ${report.verdict}`
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><title>${safe(title)}</title><style>${REPORT_CSS}</style></head>
<body><header><div><h1>${safe(profile.name)}</h1><p>${safe(profile.description)}</p></div>
<p class="when">${when(report)}<br><b>Target: ${safe(report.target)}</b></p></header>
<main><section class="verdict" aria-label="Verdict">${verdict(report)}${ledger(report)}${rejected(report)}</section>
<section class="charts" aria-label="Course of the run">${tiles(report)}${charts(report)}</section>
<section class="setup" aria-label="Set-up">${setup(report)}${faults(report)}${processes(report)}${machine(report)}</section></main>
<footer><p>Latency runs from the instant at which a message was due, so that a stall of any part counts in full. Lost is what was acknowledged and the store does not return, series by series. Quartier ${safe(report.version)}, commit ${safe(report.commit)}.</p></footer>
</body></html>
`
}

function verdict({ goals, verdict: word, doubts, saturation, settled }: LoadReport): string {
  const met = goals.filter((g) => g.met).length
  const rows = goals
    .map(
      (g) =>
        `<tr${g.met ? '' : ' class="missed"'}><td>${mark(g.met)}</td><td>${safe(g.name)}</td><td class="n soft">${safe(g.asked)}</td><td class="n">${safe(g.reached)}</td></tr>`,
    )
    .join('')
  const losers = settled.examples.map(
    (e) =>
      `<tr><td class="key">${safe(e.key)}</td><td class="n">${n(e.acknowledged)}</td><td class="n">${n(e.stored)}</td></tr>`,
  )
  return `<div class="word"><strong>${met} of ${goals.length} goals met</strong><b>${word}</b></div>
<table><thead><tr><th></th><th>Goal</th><th class="n">Asked</th><th class="n">Reached</th></tr></thead><tbody>${rows}</tbody></table>
${doubts.map((d) => `<p class="doubt">${safe(d)}</p>`).join('')}
<h2>What was full first</h2><p>${safe(saturation)}</p>
${losers.length > 0 ? `<h2>Series that lost most</h2><table><thead><tr><th>Series</th><th class="n">Acknowledged</th><th class="n">Stored</th></tr></thead><tbody>${losers.join('')}</tbody></table>` : ''}`
}

function ledger({ settled, counts, ledger: own }: LoadReport): string {
  const sums = [
    ['sent', settled.sent],
    ['acknowledged', settled.acknowledged],
    ['stored', settled.stored],
    ['lost', settled.lost],
  ] as const
  const rows: (readonly [string, number])[] = [
    ['Messages sent', counts.sentMessages],
    ['Messages acknowledged', counts.acknowledgedMessages],
    ['Readings sent twice on purpose', counts.repeatedReadings],
    ['Broken messages sent on purpose', counts.malformedMessages],
    ['Messages held back', counts.heldBackMessages],
    ['Messages with a wrong clock', counts.skewedMessages],
    ['Messages silenced', counts.silencedMessages],
    ['Never acknowledged, readings', settled.sent - settled.acknowledged],
    ['Stored and never sent, readings', settled.unexpected],
  ]
  const platform: (readonly [string, number])[] = own
    ? [
        ['Accepted', own.accepted],
        ['Stored', own.stored],
        ['Duplicates', own.duplicates],
        ['Corrections', own.corrections],
        ['Without a time of their own', own.untimed],
      ]
    : []
  return `<h2>Readings</h2><div class="sums">${sums.map(([name, value]) => `<span><b>${n(value)}</b>${name}</span>`).join('')}</div>
${table(rows.filter(([, value], i) => value > 0 || i < 2))}
${own ? `<h2>Ledger of the platform<span>${own.balanced ? 'balanced' : 'not balanced'}</span></h2>${table(platform)}` : ''}`
}

function rejected({ ledger: own }: LoadReport): string {
  const reasons = new Map<string, number>()
  for (const [reason, count] of Object.entries(own?.messagesRejected ?? {})) reasons.set(`${reason} (messages)`, count)
  for (const [reason, count] of Object.entries(own?.rejected ?? {}))
    if (count > 0) reasons.set(`${reason} (readings)`, count)
  const sorted = [...reasons].sort((a, b) => b[1] - a[1])
  const most = sorted[0]?.[1] ?? 1
  const rows = sorted.map(
    ([reason, count]) =>
      `<tr><td>${safe(reason)}</td><td class="bar"><i style="width:${((count / most) * 100).toFixed(1)}%"></i></td><td class="n">${n(count)}</td></tr>`,
  )
  return `<h2>Rejected, by reason</h2>${rows.length > 0 ? `<table><tbody>${rows.join('')}</tbody></table>` : '<p>Nothing was rejected.</p>'}`
}

function tiles({ readingsPerSecond, latency, peakMemoryMb, samples, profile }: LoadReport): string {
  const steady = samples.filter((s) => s.second > profile.ramp)
  const stored = steady.reduce((sum, s) => sum + s.stored, 0) / Math.max(1, steady.length)
  const tile = (name: string, value: string) => `<div><span>${name}</span><b>${value}</b></div>`
  return `<div class="tiles">${tile('Sent', `${n(Math.round(readingsPerSecond))}/s`)}${tile('Stored', `${n(Math.round(stored))}/s`)}${tile('Acknowledged, p99', ms(latency.acknowledged.p99))}${tile('Queryable, p99', ms(latency.queryable.p99))}${tile('Memory, peak', `${n(Math.round(peakMemoryMb))} MB`)}</div>`
}

function charts(report: LoadReport): string {
  const { samples, profile } = report
  const seconds = samples.map((s) => s.second)
  const spans = profile.faults.map((f) => ({
    from: profile.ramp + f.from,
    to: profile.ramp + f.from + ('for' in f ? f.for : 0.5),
    name: f.kind,
  }))
  const names = [...new Set(samples.flatMap((s) => s.processes.map((p) => p.name)))]
  const inks = [1, 2, 3, 3, 3, 3] as const
  const by = (of: 'cpu' | 'memoryMb', scale: number) =>
    names.map((name, i) => ({
      name,
      values: samples.map((s) => {
        const p = s.processes.find((x) => x.name === name)
        return p ? p[of] * scale : null
      }),
      ink: inks[i] ?? 3,
      dashed: name === GENERATOR,
    }))
  const list: (Chart & { readonly note: string })[] = [
    {
      title: 'Readings a second',
      note: 'sent, acknowledged and stored in each second',
      seconds,
      spans,
      words: short,
      lines: [
        { name: 'stored', values: samples.map((s) => s.stored), ink: 1 },
        { name: 'acknowledged', values: samples.map((s) => s.acknowledged), ink: 2 },
        { name: 'sent', values: samples.map((s) => s.sent), ink: 3 },
      ],
    },
    {
      title: 'Latency, ms',
      note: 'from due to acknowledged and to queryable; counted from the planned instant',
      seconds,
      spans,
      words: short,
      goal:
        profile.goals.p99Ms === null
          ? undefined
          : { at: profile.goals.p99Ms, name: `goal ${short(profile.goals.p99Ms)}` },
      lines: [
        { name: 'queryable, max', values: samples.map((s) => s.queryableMax), ink: 1 },
        { name: 'queryable, p50', values: samples.map((s) => s.queryableP50), ink: 2 },
        { name: 'acknowledged, p99', values: samples.map((s) => s.acknowledgedP99), ink: 3 },
      ],
    },
    {
      title: 'Messages waiting',
      note: 'due and not sent; sent and not acknowledged',
      seconds,
      spans,
      words: short,
      lines: [
        { name: 'waiting', values: samples.map((s) => s.waiting), ink: 1 },
        { name: 'under way', values: samples.map((s) => s.underWay), ink: 3 },
      ],
    },
    {
      title: 'Processors',
      note: 'per cent of one, by process',
      seconds,
      spans,
      words: (v) => `${Math.round(v)} %`,
      lines: by('cpu', 100),
    },
    { title: 'Memory, MB', note: 'resident, by process', seconds, spans, words: short, lines: by('memoryMb', 1) },
  ]
  return list
    .map(
      (c) =>
        `<h2>${c.title}<span>${c.note}</span></h2><div class="scroll" tabindex="0" role="group" aria-label="${c.title}">${chart(c)}</div>`,
    )
    .join('')
}

function setup({ profile, seconds, source }: LoadReport): string {
  const rows: [string, string][] = [
    ['Sensors', n(profile.sensors)],
    [
      'Readings a second, asked',
      profile.readingsPerSecond === null ? 'as the devices do' : n(profile.readingsPerSecond),
    ],
    ['Connections', profile.connections === null ? 'one for each gateway' : n(profile.connections)],
    ['Format', profile.format === 'own' ? 'each device’s own' : profile.format],
    ['Readings in a message, at most', n(profile.readingsPerMessage)],
    ['Ramp and duration', `${profile.ramp} s and ${profile.duration} s`],
    ['Took', `${Math.round(seconds)} s`],
    ['Seed', String(profile.seed)],
    ['Source', source],
  ]
  return `<h2>Profile</h2>${table(rows)}`
}

function faults({ profile }: LoadReport): string {
  if (profile.faults.length === 0) return '<h2>Faults</h2><p>None.</p>'
  const rows = profile.faults.map((f) => `<tr><td class="n first">${f.from} s</td><td>${safe(faultWords(f))}</td></tr>`)
  return `<h2>Faults<span>after the ramp</span></h2><table><tbody>${rows.join('')}</tbody></table>`
}

function processes({ cpuSeconds, samples }: LoadReport): string {
  const rows = Object.entries(cpuSeconds).map(([name, cpu]) => {
    const peak = Math.max(0, ...samples.map((s) => s.processes.find((p) => p.name === name)?.memoryMb ?? 0))
    return `<tr><td>${safe(name)}</td><td class="n">${cpu.toFixed(1)} s</td><td class="n">${n(Math.round(peak))} MB</td></tr>`
  })
  return `<h2>Processes</h2><table><thead><tr><th>Process</th><th class="n">CPU</th><th class="n">Memory, peak</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
}

function machine({ machine: m }: LoadReport): string {
  return `<h2>Machine</h2>${table([
    ['Processors', `${m.processors} × ${m.model}`],
    ['Memory', `${m.memoryGb} GB`],
    ['Disk, 4 kB made durable', ms(m.syncMs)],
    ['System', m.system],
    ['Node', m.node],
  ])}`
}

const table = (rows: readonly (readonly [string, string | number])[]): string =>
  `<table><tbody>${rows.map(([name, value]) => `<tr><td>${safe(name)}</td><td class="n">${typeof value === 'number' ? n(value) : safe(value)}</td></tr>`).join('')}</tbody></table>`

const mark = (met: boolean): string =>
  met
    ? '<svg class="mk" viewBox="0 0 16 16" role="img" aria-label="met"><path d="M2 8l4 4 8-9"/></svg>'
    : '<svg class="mk" viewBox="0 0 16 16" role="img" aria-label="missed"><path d="M3 3l10 10M13 3L3 13"/></svg>'

const when = ({ startedAt, seconds }: LoadReport): string =>
  `${startedAt.slice(0, 10)} ${startedAt.slice(11, 19)} UTC, ${Math.round(seconds)} s`
const n = (value: number): string => value.toLocaleString('en')
const ms = (value: number): string =>
  Number.isNaN(value) || value === null
    ? 'none'
    : value >= 10_000
      ? `${(value / 1_000).toFixed(1)} s`
      : value < 10
        ? `${value.toFixed(1)} ms`
        : `${n(Math.round(value))} ms`
const short = (value: number): string =>
  value >= 1e6
    ? `${+(value / 1e6).toFixed(2)}M`
    : value >= 10_000
      ? `${+(value / 1e3).toFixed(1)}k`
      : n(+value.toFixed(value < 10 ? 2 : 0))
