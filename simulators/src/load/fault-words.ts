import type { Fault } from './profile.ts'

/** What a fault does, in words. */
export function faultWords(f: Fault): string {
  const percent = (share: number) => `${Math.round(share * 100)} %`
  switch (f.kind) {
    case 'duplicates':
      return `${percent(f.share)} of messages sent twice, for ${f.for} s`
    case 'late':
      return `${percent(f.share)} of messages ${f.delay} s late, for ${f.for} s`
    case 'clock-skew':
      return `clocks of ${percent(f.share)} of gateways ${Math.abs(f.offset)} s ${f.offset > 0 ? 'ahead' : 'behind'}, for ${f.for} s`
    case 'flapping':
      return `${percent(f.share)} of gateways lose their connection every ${f.every} s, for ${f.for} s`
    case 'malformed':
      return `${number(f.perSecond)} broken messages a second, for ${f.for} s`
    case 'reconnect-storm':
      return `${percent(f.share)} of connections cut at once`
    case 'silent':
      return `${percent(f.share)} of sensors silent, for ${f.for} s`
    case 'slow-disk':
      return `another program writes ${number(f.mbPerSecond)} MB/s to the disk, for ${f.for} s`
    case 'stall':
      return `the network of ${percent(f.share)} of connections stands still, for ${f.for} s`
  }
}

const number = (value: number): string => value.toLocaleString('en')
