/** Times further from 1970 than this, about 31,000 years, are no times: neither a device may say them nor a store hold them, ms. */
export const MAX_TIME_MS = 1e15
