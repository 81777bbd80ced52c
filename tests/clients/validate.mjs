// Whether documents are valid against a schema, by the reference implementation of GraphQL.

import { buildSchema, parse, validate } from 'graphql';
import { done, heard } from './talk.mjs';

const { schema, documents } = await heard();
const built = buildSchema(schema);
const found = Object.entries(documents).flatMap(([name, text]) =>
  validate(built, parse(text)).map(({ message }) => `${name}: ${message}`));
done(found);
