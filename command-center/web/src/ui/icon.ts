/** How every icon of the set is drawn; a word or a name for screen readers stands beside it. */
export const ICON = { size: 16, strokeWidth: 1.75, 'aria-hidden': true } as const
