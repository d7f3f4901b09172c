// A process of the tests: writes series and audit entries as fast as it can. Arguments: folder, name, how many.
import { join } from 'node:path'
import { createAudit } from '../../audit/index.ts'
import { openEmbeddedLog } from '../../event-log/embedded.ts'
import { wallClock } from '../../runtime/clock.ts'
import { openSqliteRecords } from '../sqlite.ts'
import { series } from './fixture.ts'

const [folder = '', name = '', count = '0'] = process.argv.slice(2)
const records = await openSqliteRecords({ path: join(folder, 'records.db') })
const log = await openEmbeddedLog({ folder: join(folder, 'log') })
const audit = createAudit({ log, records, clock: wallClock })
for (let n = 0; n < Number(count); n++) {
  const refused = await records.registry.putSeries([series(`process/${name}-${n}/t`)])
  if (refused.length > 0) process.exit(1)
  await audit.record({ principal: name, action: 'series.put', target: `${name}-${n}`, result: 'done' })
  if (n === 10) process.send?.('under way')
}
await log.close()
await records.close()
process.disconnect?.()
