import { describe, expect, it } from 'vitest'
import { cleanName, hasMac, scrubText } from './scrub.ts'

describe('a text without what identifies people', () => {
  it.each([
    ['write to ali.h@example.org now', 'write to … now'],
    ['see https://cam.example/1.jpg?x=2 please', 'see … please'],
    ['rtsp://u:p@10.0.0.7/1', '…'],
    ['phone 00:1b:44:11:3a:b7 seen', 'phone … seen'],
    ['001b.4411.3ab7', '…'],
    ['001B44113AB7', '…'],
    ['at 10.1.2.3 again', 'at … again'],
    ['call +974 4412 3456', 'call …'],
    ['٤٤١٢٣٤٥٦', '…'],
    ['data:image/png;base64,iVBORw0KGgo=', '…'],
    [`picture ${'iVBORw0KGgoAAAANSUhEUgAA'.repeat(3)}`, 'picture …'],
    ['line\u0000break', 'line break'],
    ['The north gate, level 2', 'The north gate, level 2'],
    ['البوابة الشمالية', 'البوابة الشمالية'],
  ])('%j becomes %j', (text, clean) => expect(scrubText(text)).toBe(clean))
})

describe('a name', () => {
  it.each([
    ['North gate 2', 'North gate 2'],
    ['zone_12-a.b', 'zone_12-a.b'],
    ['البوابة', 'البوابة'],
    ['+974 4412 3456', ''],
    ['aa-bb-cc-dd-ee-ff', ''],
    ['aabbccddee01', ''],
    ['x'.repeat(41), ''],
    ['gate (old)', 'gate (old)'],
  ])('%j is kept as %j', (name, clean) => expect(cleanName(name)).toBe(clean))

  it('is known to hold a hardware address', () => {
    expect(['00:1b:44:11:3a:b7', 'x/00-1B-44-11-3A-B7/rssi', '001b44113ab7'].map(hasMac)).toEqual([true, true, true])
    expect(['lamp-0042', '123456789012', 'abcdefabcdef', '00:1b:44:11:3a'].map(hasMac)).toEqual(Array(4).fill(false))
  })
})
