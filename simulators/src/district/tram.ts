import type { Spot } from './frame.ts'
import type { Layout } from './layout.ts'

/** The tram's loop along four streets: a closed line with rounded corners, counter-clockwise. */
export function tramLoop({ streetU, streetV }: Layout): Spot[] {
  const radius = 18
  const [u0, v0, u1, v1] = [streetU[1]!, streetV[1]!, streetU[6]!, streetV[3]!]
  const arc = (u: number, v: number, from: number): Spot[] =>
    Array.from({ length: 9 }, (_, i) => {
      const angle = ((from + i * 11.25) * Math.PI) / 180
      return [u + radius * Math.cos(angle), v + radius * Math.sin(angle)]
    })
  const line = [
    ...arc(u0 + radius, v0 + radius, 180),
    ...arc(u1 - radius, v0 + radius, 270),
    ...arc(u1 - radius, v1 - radius, 0),
    ...arc(u0 + radius, v1 - radius, 90),
  ]
  return [...line, line[0]!]
}

export interface TramStop {
  readonly id: string
  readonly name: string
  readonly nameAr: string
  readonly at: Spot
  /** The square beside it, or the zone of the street that it stands in. */
  readonly beside: { readonly square: string } | { readonly street: string; readonly zoneId: string }
}

export function tramStops({ streetU, streetV }: Layout): TramStop[] {
  const half = (lines: readonly number[], i: number) => (lines[i]! + lines[i + 1]!) / 2
  return [
    { id: 'ts-sidra', name: 'Sidra', nameAr: 'السدرة', at: [streetU[3]!, streetV[3]!], beside: { square: 'sq-sidra' } },
    {
      id: 'ts-waterside',
      name: 'Waterside',
      nameAr: 'الواجهة المائية',
      at: [half(streetU, 5), streetV[3]!],
      beside: { street: 'Saffron Street', zoneId: 'z-waterside' },
    },
    {
      id: 'ts-copper',
      name: 'Copper',
      nameAr: 'النحاس',
      at: [streetU[6]!, streetV[2]!],
      beside: { street: 'Copper Street', zoneId: 'z-east' },
    },
    {
      id: 'ts-lantern',
      name: 'Lantern',
      nameAr: 'الفانوس',
      at: [half(streetU, 4), streetV[1]!],
      beside: { square: 'sq-lantern' },
    },
    {
      id: 'ts-dhow',
      name: 'Dhow',
      nameAr: 'المحامل',
      at: [half(streetU, 2), streetV[1]!],
      beside: { street: 'Dhow Street', zoneId: 'z-souk' },
    },
    {
      id: 'ts-mortar',
      name: 'Mortar',
      nameAr: 'الجص',
      at: [streetU[1]!, half(streetV, 2)],
      beside: { street: 'Mortar Street', zoneId: 'z-west' },
    },
  ]
}
