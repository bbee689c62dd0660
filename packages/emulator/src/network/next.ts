import type { NextResponse, NextToken } from '../hooks.ts'
import {
  hasMembers,
  isAnything,
  isNumber,
  isObject,
  isOneOf,
  isText,
  isWhole,
  type Body,
} from '../values/shape.ts'
import { removals } from './token-request.ts'

const checkToken = hasMembers({
  kind: isOneOf('access', 'id'),
  claims: isObject,
  header: isObject,
  expiresIn: isNumber,
  signWith: isText,
})

const checkResponse = hasMembers({
  on: isOneOf('metadata', 'keys', 'token', 'graph'),
  status: isWhole(200, 599),
  headers: isObject,
  body: isAnything,
})

function isNextToken(body: Body): body is Body & NextToken {
  checkToken(body, '')
  return true
}

function isNextResponse(body: Body): body is Body & NextResponse {
  checkResponse(body, '')
  return true
}

/** What the next token gets, from JSON: `null` removes a claim. @throws TypeError naming what is wrong. */
export function readNextToken(body: Body): NextToken {
  if (!isNextToken(body)) throw new TypeError('The change must be an object')
  return { ...body, claims: removals(body.claims), header: removals(body.header) }
}

/** What the next answer becomes, from JSON. @throws TypeError naming what is wrong. */
export function readNextResponse(body: Body): NextResponse {
  if (!isNextResponse(body)) throw new TypeError('The change must be an object')
  return body
}
