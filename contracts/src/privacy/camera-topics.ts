/** Levels and first levels by which cameras name their MQTT topics, whoever publishes them and wherever. */
const CAMERA_LEVELS = new Set(['onvif-ej', 'onvif-mj'])
const CAMERA_ROOTS = new Set(['frigate', 'onvif'])

/** Whether an MQTT topic is one that cameras use, so that what comes on it must not pass unread, also without a route. */
export function isCameraTopic(mqttTopic: string): boolean {
  const levels = mqttTopic.split('/')
  return CAMERA_ROOTS.has(levels[0] as string) || levels.some((level) => CAMERA_LEVELS.has(level))
}
