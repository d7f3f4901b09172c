const NOTES_HZ = [660, 523] as const
const NOTE_S = 0.16

let context: AudioContext | undefined

/** Two falling notes, made here: nothing is fetched. Silent until somebody has touched the page, as browsers demand. */
export function playAlert(): void {
  context ??= new AudioContext()
  const { currentTime, destination } = context
  void context.resume()
  for (const [i, hz] of NOTES_HZ.entries()) {
    const note = context.createOscillator()
    const volume = context.createGain()
    const from = currentTime + i * NOTE_S
    note.frequency.value = hz
    // A soft beginning and end: a tone that is cut off clicks.
    volume.gain.setValueAtTime(0, from)
    volume.gain.linearRampToValueAtTime(0.12, from + 0.02)
    volume.gain.linearRampToValueAtTime(0, from + NOTE_S)
    note.connect(volume).connect(destination)
    note.start(from)
    note.stop(from + NOTE_S)
  }
}
