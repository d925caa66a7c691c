// Chance that can be had again: everything a run makes up follows from its seed.

/** A source of chance. The generator is mulberry32: 32 bits of state, good enough to choose by. */
export function chance(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  return {
    /** Whether something of this probability happens. */
    may: (probability) => next() < probability,
    /** A whole number from `least` to `most`. */
    number: (least, most) => least + Math.floor(next() * (most - least + 1)),
    /** One of a list. */
    one: (list) => list[Math.floor(next() * list.length)],
    /** Some of a list, at most so many, in its order. */
    some(list, most) {
      const wanted = Math.min(list.length, 1 + Math.floor(next() * most))
      const left = [...list]
      while (left.length > wanted) left.splice(Math.floor(next() * left.length), 1)
      return left
    },
  }
}
