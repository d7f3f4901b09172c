// Properties look at other cases each time, which finds what nobody thought of; a run that must say something about a
// change alone names the seed.
const seed = process.env.QUARTIER_PROPERTY_SEED
if (seed) {
  const { configureGlobal } = await import('fast-check')
  configureGlobal({ seed: Number(seed) })
}

export {}
