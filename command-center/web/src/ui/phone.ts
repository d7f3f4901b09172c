const PHONE = '(max-width: 760px)'

/** Whether the screen is as narrow as a phone's: one column, larger rows. The style sheets use the same width. */
export const onPhone = (): boolean => matchMedia(PHONE).matches
