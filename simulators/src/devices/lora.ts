import { p } from './kinds.ts'

/** What a LoRaWAN network measures of every device. */
export const LORA = [
  p('lora.rssi', 'dBm', -150, 0, 1, 'lora-rssi'),
  p('lora.snr', 'dB', -25, 20, 0.25, 'lora-snr'),
] as const
