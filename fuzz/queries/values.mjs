// Values for arguments and variables: right ones, real ones, and those that break other servers.

import { innermost } from './schema.mjs'

/** A value of an enum, which a document writes without quotes. */
export class EnumValue {
  constructor(name) { this.name = name }
  toJSON() { return this.name }
}

/** A variable in the place of a value. */
export class Variable {
  constructor(name) { this.name = name }
}

const HOSTILE = [
  '', ' ', '\0', 'a\0b', "'", '"', '\\', '%', '_', '*', "' OR 1=1 --", "'; DROP TABLE member; --", '" MATCH "*', 'NEAR(a b)', "':*", '<->',
  '${7*7}', '{{7*7}}', '<script>alert(1)</script>', '../../etc/passwd', '%00', '\u202e', '\ufeff', '\u0301', 'đ', 'Đ', 'a\u0302\u0301', 'ß', 'İ',
  '👮‍♀️', '\ud800', '\u{10ffff}', 'NaN', 'null', 'true', '-1', '0', '1e400', '9'.repeat(40), 'a'.repeat(3_000), 'ắ'.repeat(900), 'a '.repeat(500), ','.repeat(50),
  'P. An Hoà, Ninh Kiều', 'xã', 'tp', 'An Hòa, , Cần Thơ', 'a,b,c,d,e,f,g,h,i,j', '2025-02-30', '2025-07-01T00:00:00Z', 'P3M', '-P1Y6M', 'P99999999999D', '+262143-01-01',
]
const INTEGERS = [0, 1, 2, 3, 5, 20, 200, 201, -1, 2147483647, -2147483648]
const NUMBERS = [...INTEGERS, 2147483648, 9007199254740993, 0.5, 105.78, -0, 1e308]
const SCALARS = {
  Int: (any) => any.one(any.may(0.05) ? NUMBERS : INTEGERS),
  Float: (any) => any.one(NUMBERS),
  Boolean: (any) => any.may(0.5),
  Date: (any) => any.one(['2025-07-01', '2017-06-14', '0001-01-01', '9999-12-31', '10000-01-01']),
  DateBound: (any) => any.one(['2025-07-01', 'P3M', '-P1Y6M', 'P0D', 'P9999Y']),
  DateTime: (any) => any.one(['2026-08-19T07:30:00.000Z', '2025-07-01T00:00:00+07:00', '0001-01-01T00:00:00Z', '2025-07-01T23:59:60Z']),
  PartialDate: (any) => any.one(['2025', '2025-07', '2025-07-28', '0000']),
}
/** Arguments that say how large an answer is: small, for most of an answer is below it. */
const SIZES = ['first', 'last']
/** Keys: a part of one is none. */
const KEYS = ['code', 'slug', 'wardCode']
/** Arguments that take cursors. */
const CURSORS = ['after', 'before']
const DEEPEST = 4

/** Values for a schema, from what its rows have. */
export class Values {
  constructor(types, real) {
    this.types = types
    this.real = real
  }

  /** A value for an argument, called by its field and name, or for a field of an input object. */
  of(any, type, name, depth = 0) {
    if (any.may(0.003)) return this.wrong(any)
    if (type.kind === 'NON_NULL') return this.of(any, type.ofType, name, depth)
    if (any.may(0.01)) return null
    if (type.kind === 'LIST') {
      if (any.may(0.05)) return this.of(any, type.ofType, name, depth)
      return Array.from({ length: any.number(any.may(0.1) ? 0 : 1, 3) }, () => this.of(any, type.ofType, name, depth))
    }
    const { kind, enumValues, inputFields } = this.types[type.name]
    if (kind === 'ENUM') return new EnumValue(any.one(enumValues).name)
    if (kind === 'INPUT_OBJECT') return this.object(any, type.name, inputFields, depth)
    return this.scalar(any, type.name, name)
  }

  object(any, name, fields, depth) {
    const leaf = (field) => this.types[innermost(field.type)].kind !== 'INPUT_OBJECT'
    const shallow = (field) => leaf(field) || this.types[innermost(field.type)].inputFields.every(leaf)
    const choice = depth >= DEEPEST ? fields.filter(shallow) : fields
    // Orders take exactly one.
    const most = name.endsWith('Order') && !any.may(0.02) ? 1 : any.one([1, 1, 2, 3])
    if (!choice.length || any.may(0.005)) return {}
    return Object.fromEntries(any.some(choice, most).map((field) => [field.name, this.of(any, field.type, field.name, depth + 1)]))
  }

  scalar(any, type, place) {
    const name = place.split('.').at(-1)
    if (SIZES.includes(name)) return any.may(0.05) ? any.one(NUMBERS) : any.number(0, 5)
    if (CURSORS.includes(name)) return any.may(0.2) ? any.one(HOSTILE) : any.one(this.real.cursor)
    if (SCALARS[type] && !any.may(0.01)) return SCALARS[type](any)
    const real = type === 'ID' ? this.real.id : (this.real[place] ?? this.real[name] ?? this.real[any.one(['code', 'name', 'slug', 'title'])])
    if (any.may(0.75)) {
      const value = any.one(real)
      if (typeof value !== 'string' || type === 'ID' || KEYS.includes(name)) return value
      // A part of a real text finds more than the whole.
      return any.may(0.4) ? value.slice(any.number(0, 3), any.number(3, 12)) : value
    }
    return any.one(HOSTILE)
  }

  /** A value of another type. */
  wrong(any) {
    return any.one([0, 1.5, true, 'x', null, [], [[1]], {}, { a: { b: [] } }, new EnumValue('NO_SUCH_VALUE')])
  }
}

/** A value as a document writes it. */
export function literal(value) {
  if (value instanceof EnumValue) return value.name
  if (value instanceof Variable) return `$${value.name}`
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (value && typeof value === 'object') return `{${Object.entries(value).map(([name, of]) => `${name}: ${literal(of)}`).join(', ')}}`
  return Object.is(value, -0) ? '-0' : JSON.stringify(value)
}
