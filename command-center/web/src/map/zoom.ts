/** From this zoom on every asset has its own mark, however many there are. */
export const DOTS_ZOOM = 17.4
