import { request } from 'node:http'
import { join } from 'node:path'

/** What a service counts, as it stands on its metrics socket. */
export interface Counters {
  /** The sum of a metric over its labels, or of those lines only that carry `label`, such as `reason="too-large"`. */
  of(name: string, label?: string): number
}

/** @param service as in the names of its metrics and of its socket, such as `gateway` */
export async function countersOf(data: string, service: string): Promise<Counters> {
  const lines = (await get(join(data, 'run', `${service}.sock`))).split('\n')
  return {
    of(name, label = '') {
      const begins = `quartier_${service}_${name}`
      return lines
        .filter((l) => (l.startsWith(`${begins} `) || l.startsWith(`${begins}{`)) && l.includes(label))
        .reduce((sum, l) => sum + Number(l.slice(l.lastIndexOf(' ') + 1)), 0)
    },
  }
}

function get(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path: '/metrics' }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve(text))
    })
    call.on('error', reject)
    call.end()
  })
}
