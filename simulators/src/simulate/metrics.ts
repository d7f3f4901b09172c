import { Counter, Gauge, type Registry } from 'prom-client'
import type { SimulationCounts, SimulationState } from './outbox.ts'

/** Shows the counts in Prometheus' form. */
export function serveMetrics(registry: Registry, state: () => SimulationState): void {
  const registers = [registry]
  const counter = (name: string, help: string, of: keyof SimulationCounts) =>
    new Counter({
      name: `quartier_simulator_${name}_total`,
      help,
      registers,
      collect() {
        this.reset()
        this.inc(state()[of])
      },
    })
  counter('sent_messages', 'MQTT messages sent', 'sentMessages')
  counter('sent_readings', 'readings sent', 'sentReadings')
  counter('acknowledged_messages', 'MQTT messages acknowledged', 'acknowledgedMessages')
  counter('acknowledged_readings', 'readings acknowledged', 'acknowledgedReadings')
  counter('sent_events', 'events sent', 'sentEvents')
  counter('late_messages', 'messages that left more than a second after they were due', 'lateMessages')
  counter('given_up_messages', 'messages given up because the simulator fell behind', 'givenUpMessages')
  const gauge = (name: string, help: string, of: 'waitingMessages' | 'connected') =>
    new Gauge({
      name: `quartier_simulator_${name}`,
      help,
      registers,
      collect() {
        this.set(state()[of])
      },
    })
  gauge('waiting_messages', 'messages due and not sent yet', 'waitingMessages')
  gauge('connections', 'MQTT connections that stand', 'connected')
}
