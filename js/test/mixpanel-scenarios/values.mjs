// Values of every kind that pages pass, as the text of an expression.

/** Values that JSON can express, or that JSON.stringify turns into something else. */
export const values = {
  text: '"x"',
  'an empty text': '""',
  'a text with an emoji': '"a😀b"',
  'a text with quotes and lines': '"a\\"b\\\\c\\nd\\u2028"',
  'a long text': '"x".repeat(300)',
  zero: '0',
  'a fraction': '-1.5e-7',
  'a large number': '1e21',
  NaN: 'NaN',
  Infinity: 'Infinity',
  true: 'true',
  false: 'false',
  null: 'null',
  undefined: 'undefined',
  'an empty list': '[]',
  'a list': '[1, "a", null, [2]]',
  'an empty object': '{}',
  'an object': '{ a: { b: [1] } }',
  'a date': 'new Date(0)',
  'a function': '() => 1',
};

/** Returns a scenario for each value: `make(expression)` is the text of a function. */
export const forEachValue = (title, make) =>
  Object.fromEntries(Object.entries(values).map(([kind, expression]) => [`${title}: ${kind}`, make(expression)]));
