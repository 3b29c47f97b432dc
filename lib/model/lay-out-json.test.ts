import { expect, test } from 'vitest';
import { layOutJson } from '#lib/model/lay-out-json.ts';

test('JSON is laid out with every number as it was written; what is none is not', () => {
  expect(layOutJson('{"id":12345678901234567890,"at":1.50,"list":[1e3,"x"]}')).toBe(
    '{\n  "id": 12345678901234567890,\n  "at": 1.50,\n  "list": [\n    1e3,\n    "x"\n  ]\n}',
  );
  expect(layOutJson('a,b\n1,2')).toBeNull();
});
