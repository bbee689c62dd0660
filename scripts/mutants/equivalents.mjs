/**
 * Changes that no test can notice, because the program does the same with them. `file` is the end of its path, `at` a part of
 * the line, `change` the change as docs/mutants.md writes it; what is left out is any.
 */
export const equivalents = [
  {
    file: 'token/bearer.ts',
    at: 'while (start < end',
    reason: 'past the end there is no character, so no space either: the loop ends all the same',
  },
  {
    file: 'token/bearer.ts',
    at: 'while (end > start',
    reason: 'in front of the credential stands what ends the loop; of blanks alone nothing is left both ways',
  },
  {
    file: 'token/bearer.ts',
    at: 'index < rawHeaders.length',
    change: 'index < rawHeaders.length → index <= rawHeaders.length',
    reason: 'past the end there is no name',
  },
  {
    file: 'token/bearer.ts',
    change: 'name?.length → name.length',
    reason: 'a name below the length is there; the mark is for the compiler',
  },
  {
    file: 'token/bearer.ts',
    change: 'name?.length === 13 → true',
    reason: 'the length only saves comparing the name',
  },
  {
    file: 'token/bearer.ts',
    change: "typeof authorization === 'string' → false",
    reason: 'a text is then read as the only one of a list, with the same answer',
  },
  {
    file: 'token/bearer.ts',
    change: 'start === 0 → false',
    reason: 'a slice from 0 is the whole text',
  },
  {
    file: 'token/bearer.ts',
    at: "[scheme = '']",
    reason: 'the part before the first blank is always there; the default is for the compiler',
  },
  {
    file: 'token/bearer.ts',
    at: 'schemes.has(scheme)',
    change: 'header !== undefined → true',
    reason: 'without a header the scheme is empty, which is in no set; the test is for the compiler',
  },
  {
    file: 'token/bearer.ts',
    at: "rawHeaders[index + 1] ?? ''",
    reason: 'Node writes a value behind every name; the default is for the compiler',
  },
  {
    file: 'token/exact-json.ts',
    change: "this.#text[this.#at] !== '\"' → false",
    reason: 'what begins with no quote and ends with one is no JSON value: the engine says so next',
  },
  {
    file: 'token/exact-json.ts',
    at: "[text = '']",
    reason: 'a match has a text; without one the engine gets what is no value, both ways',
  },
  {
    file: 'token/base64url.ts',
    change: 'nativeBuffer === undefined → true',
    reason: 'both ways give the same answer, the native one sooner',
  },
  {
    file: 'token/base64url.ts',
    change: 'nativeBuffer !== undefined → false',
    reason: 'all decoders give the same answer, the native one sooner',
  },
  {
    file: 'token/base64url.ts',
    change: 'nativeBase64.fromBase64 !== undefined → false',
    reason: 'all decoders give the same answer, the native one sooner',
  },
  {
    file: 'token/base64url.ts',
    change: 'index < binary.length → index <= binary.length',
    reason: 'writing past the end of bytes does nothing',
  },
  {
    file: 'token/base64url.ts',
    change: '\'utf8\' → ""',
    reason: 'an encoding without a name is utf8 too',
  },
  {
    file: 'token/exact-json.ts',
    at: 'while (end !== -1) {',
    change: '-1 → +1',
    reason: 'a string ends at 1 only where the whole text is that string, and the engine reads that the same',
  },
  {
    file: 'token/strict-json.ts',
    change: 'value === undefined → false',
    reason: 'what is not there is undefined both ways; it saves asking',
  },
  {
    file: 'token/strict-json.ts',
    change: 'false → true',
    reason: 'a colon before the first quote is no JSON, which the exact reader says too',
  },
  {
    file: 'token/strict-json.ts',
    change: 'index < text.length → index <= text.length',
    reason: 'past the end there is no character',
  },
  {
    file: 'token/strict-json.ts',
    change: 'backslash < end → backslash <= end',
    reason: 'one character is no quote and no backslash',
  },
  {
    file: 'token/strict-json.ts',
    change: 'Array.isArray(value) → false',
    reason: 'the values of a list are its items',
  },
  {
    file: 'token/token.ts',
    at: 'fourth !== -1 &&',
    change: 'fourth !== -1 → true',
    reason: 'without a fourth dot the search begins at the start again, and finds the first',
  },
  {
    file: 'token/token.ts',
    at: 'fourth !== -1 &&',
    change: '-1 → +1',
    reason: 'the fourth dot stands further behind; without one the search begins at the start again',
  },
  {
    file: 'token/token.ts',
    change: 'knownHeader === undefined → true',
    reason: 'it saves remembering again what is known',
  },
  {
    file: 'claims/claims.ts',
    change: 'configured !== undefined → true',
    reason: 'metadata of B2C that names no tenant is refused before, unless the configuration does',
  },
  {
    file: 'claims/claims.ts',
    change: "typeof issuer === 'string' → true",
    reason: 'an issuer that is no text has found no authority, so it does not come here',
  },
  {
    file: 'claims/claims.ts',
    change: 'named !== undefined → true',
    reason: 'no issuer is written with the text "undefined"; the test is for the compiler',
  },
  {
    file: 'claims/claim-values.ts',
    change: "typeof value !== 'number' → false",
    reason: 'only a number is finite; the test is for the compiler',
  },
  {
    file: 'claims/confirmation.ts',
    at: "const [name = '', ...others]",
    change: '\'\' → "Stryker was here!"',
    reason: 'either is the name of no method',
  },
  {
    file: 'claims/confirmation.ts',
    change: 'by === undefined → false',
    reason: 'a method that nothing can check is never an accepted one; the test is for the compiler',
  },
  {
    file: 'claims/lifetime.ts',
    change: 'notBefore !== undefined → true',
    reason: 'no comparison with what is not there is true; the test is for the compiler',
  },
  {
    file: 'claims/lifetime.ts',
    change: 'time !== undefined → true',
    reason: 'no comparison with what is not there is true; the test is for the compiler',
  },
  {
    file: 'authority/b2c.ts',
    change: 'policy === undefined → false',
    reason: 'no policy that is accepted has no name; the test is for the compiler',
  },
  {
    file: 'authority/entra-authority.ts',
    change: 'tenantId !== undefined → true',
    reason: 'what is not there is returned as such both ways; the test is for the compiler',
  },
  {
    file: 'authority/entra-authority.ts',
    change: 'v1IssuerHost === undefined → false',
    at: "'not known'",
    reason: 'of such a cloud version 1.0 is refused before, so the text is compared with nothing',
  },
  {
    file: 'authority/entra-authority.ts',
    change: '\'not known\' → ""',
    reason: 'of such a cloud version 1.0 is refused before, so the text is compared with nothing',
  },
  {
    file: 'authority/entra-authority.ts',
    at: 'tenantId: tenants.kind',
    change: "tenants.kind === 'tenant' → true",
    reason: 'the other kinds have no tenantId; the test is for the compiler',
  },
  {
    file: 'authority/entra-authority.ts',
    at: 'const one =',
    reason: 'of which tenant the issuers are kept ready; what that saves, budgets.test.ts counts',
  },
  {
    file: 'authority/entra-authority.ts',
    at: 'const [v2, v1]',
    change: '\'1.0\' → ""',
    reason: 'whatever is not 2.0 is written as 1.0',
  },
  {
    file: 'authority/entra-authority.ts',
    change: 'tenantId !== one → true',
    reason: 'it saves writing an issuer that is kept ready; budgets.test.ts counts that',
  },
  {
    file: 'authority/entra-authority.ts',
    at: "return issuerFor(cloud, '2.0', tenants.kind",
    reason:
      'given keys need to know that there is such an issuer; tokens are compared with the configuration',
  },
  {
    file: 'errors/reason.ts',
    change: 'errors.slice(0, widest) → errors',
    reason: 'the whole level is cut to as many; it saves copying the others',
  },
  {
    file: 'errors/reason.ts',
    change: '/^:? */ → /:? */',
    reason: 'what may be empty is found at the start both ways',
  },
  {
    file: 'access/read-claims-challenge.ts',
    change: "groups['name']?.toLowerCase → groups['name'].toLowerCase",
    reason: 'what matches has a name; the mark is for the compiler',
  },
  {
    file: 'access/read-claims-challenge.ts',
    at: "groups['name']?.toLowerCase() ?? ''",
    change: '\'\' → "Stryker was here!"',
    reason: 'what matches has a name; the default is for the compiler',
  },
  {
    file: 'access/read-claims-challenge.ts',
    at: "headers.get('www-authenticate') ?? ''",
    change: '\'\' → "Stryker was here!"',
    reason: 'neither text has a challenge in it',
  },
  {
    file: 'access/read-claims-challenge.ts',
    at: "parameters.get('claims') ?? ''",
    change: '\'\' → "Stryker was here!"',
    reason: 'neither text is base64',
  },
  {
    file: 'access/read-claims-challenge.ts',
    change: 'json === undefined → false',
    reason: 'what is no text is no claims request either; the test is for the compiler',
  },
  {
    file: 'access/read-claims-challenge.ts',
    at: 'end > 0',
    change: 'end > 0 → end >= 0',
    reason: 'it cuts one more from a header of nothing but commas and blanks, in which there is no challenge',
  },
  {
    file: 'access/read-claims-challenge.ts',
    change: '/=+$/ → /=+/',
    reason: 'signs of equality stand at the end alone: the line above has checked it',
  },
  {
    file: 'access/claims-challenge.ts',
    at: 'claims.length <= maxClaimsLength',
    change: 'claims !== undefined → true',
    reason: 'asking nothing for its length throws, which gives nothing too; the test is for the compiler',
  },
  {
    file: 'access/graph-pages.ts',
    at: "headers.get('retry-after') ?? ''",
    change: '\'\' → "Stryker was here!"',
    reason: 'neither text is a number or a date',
  },
  {
    file: 'access/graph-pages.ts',
    change: 'seconds > 1 → seconds >= 1',
    reason: 'one is one both ways',
  },
  {
    file: 'access/graph-pages.ts',
    change: 'callOff?.() → callOff()',
    reason: 'a promise runs at once what sets it; the mark is for the compiler',
  },
  {
    file: 'pop/proof.ts',
    at: "text.includes('{', 1)",
    change: "text.includes('{', 1) → true",
    reason:
      'it saves counting where no object is inside another: the parser has looked for names that stand twice there',
  },
  {
    file: 'pop/proof.ts',
    at: "text.includes('{', 1)",
    change: '\'{\' → ""',
    reason:
      'it saves counting where no object is inside another: the parser has looked for names that stand twice there',
  },
  {
    file: 'pop/proof.ts',
    at: "[encodedHeader = ''",
    reason: 'text that is not in three parts is refused; the defaults are for the compiler',
  },
  {
    file: 'pop/dpop.ts',
    change: 'one.algorithm === other.algorithm → true',
    reason: 'the members hold the type of the key, and each type has one algorithm',
  },
  {
    file: 'pop/proof-key.ts',
    at: "checkRsa(modulus = '', exponent = '')",
    reason: 'both were read before; the defaults are for the compiler',
  },
  {
    file: 'pop/proof-key.ts',
    at: "importKey('jwk'",
    change: 'false → true',
    reason: 'a public key that nobody is given: whether it could be exported makes no difference',
  },
  {
    file: 'pop/nonces.ts',
    at: "importKey('raw'",
    change: 'false → true',
    reason: 'a key that nobody is given: whether it could be exported makes no difference',
  },
  {
    file: 'pop/proof.ts',
    change: '\'\' → "Stryker was here!"',
    at: 'text.replace(',
    reason: 'what stands in place of a string has no colon either',
  },
  {
    file: 'pop/dpop.ts',
    change: 'expires !== undefined → true',
    reason: 'nothing is later than a time that is not there; the test is for the compiler',
  },
  {
    file: 'pop/dpop.ts',
    change: 'notBefore !== undefined → true',
    reason: 'nothing is earlier than a time that is not there; the test is for the compiler',
  },
  {
    file: 'pop/dpop.ts',
    change: "typeof value !== 'number' → false",
    reason: 'only a number is finite; the test is for the compiler',
  },
  {
    file: 'pop/proof-key.ts',
    change: 'n === undefined → false',
    reason: 'without bytes the first is 0, which is refused beside it; the test is for the compiler',
  },
  {
    file: 'pop/certificate.ts',
    change: '\'%\' → ""',
    reason: 'it saves decoding what has nothing to decode',
  },
  {
    file: 'pop/certificate.ts',
    at: 'colons ?? armoured ?? text',
    change: '/\\s+/g → /\\s/g',
    reason: 'each blank is taken away alone, or all beside each other at once',
  },
  {
    file: 'pop/certificate.ts',
    at: "return ''",
    reason: 'this text is no base64 either',
  },
  {
    file: 'pop/certificate.ts',
    change: '/=+$/ → /=+/',
    reason: 'equals signs stand at the end alone, as the line before has asked',
  },
  {
    file: 'pop/replay.ts',
    at: 'view.getUint32(0)',
    change:
      'view.getUint32(0) * 0x100000 + (view.getUint32(4) & 0xfffff) → view.getUint32(0) * 0x100000 - (view.getUint32(4) & 0xfffff)',
    reason: 'another number for each, and no two have the same',
  },
  {
    file: 'pop/target.ts',
    at: "[beforeQuery = '']",
    reason: 'there is always a part before the query; the default is for the compiler',
  },
  {
    file: 'core/src/verifier.ts',
    at: 'if (known === undefined) inspect',
    change: 'known === undefined → true',
    reason: 'a token that was accepted has no white space inside; it saves looking',
  },
  {
    file: 'core/src/verifier.ts',
    at: 'if (accepted === undefined) return undefined',
    change: 'accepted === undefined → false',
    reason: 'reading out of nothing throws, which means the same here',
  },
  {
    file: 'core/src/verifier.ts',
    at: 'if (found === undefined || !this.#mayRecall)',
    change: 'found === undefined → false',
    reason: 'nothing that was found holds no longer, and nothing is recalled; it saves reading the access',
  },
  {
    file: 'core/src/verifier.ts',
    at: "'then' in accept",
    change: "'then' in accepted → true",
    reason: 'awaiting what is there gives the same, a promise later',
  },
  {
    file: 'core/src/verifier.ts',
    at: "'then' in accepting",
    change: "'then' in accepting → true",
    reason: 'awaiting what is there gives the same, a promise later',
  },
  {
    file: 'core/src/verifier.ts',
    at: "'then' in admitted",
    change: "'then' in admitted → true",
    reason: 'what is there wins every race, a promise later',
  },
  {
    file: 'core/src/verifier.ts',
    at: 'if (this.#settings.isObserved)',
    change: 'this.#settings.isObserved → true',
    reason: 'without a listener the event goes nowhere; it saves creating it',
  },
  {
    file: 'core/src/token-cache.ts',
    change: 'running === undefined → true',
    reason: 'of two tokens with one mark, which nobody can make, it chooses whose work is shared',
  },
  {
    file: 'core/src/async/abortable.ts',
    change: 'stopWaiting?.() → stopWaiting()',
    reason: 'a promise runs its function at once, so it is there; the mark is for the compiler',
  },
  {
    file: 'express/src/entra-guard.ts',
    at: 'authorize(identity, access) === identity',
    change: 'identity !== undefined → true',
    reason:
      'nobody is authorised: what is thrown then counts as a refusal, too; the test is for the compiler',
  },
  {
    file: 'access/agent.ts',
    change: '\'none\' → ""',
    reason:
      'nobody compares with it: what is no agent and not "unknown" is none; another text does not compile',
  },
  {
    file: 'access/authorize.ts',
    at: 'rules.some(({ groups',
    change: 'groups !== undefined → true',
    reason: 'a rule without groups was asked in the line before, and did not admit the caller',
  },
  {
    file: 'access/authorize.ts',
    at: '!rule.admits.includes',
    change: "identity.kind === 'unknown' → false",
    reason: 'no rule admits the unknown kind; the test is for the compiler',
  },
  {
    file: 'access/authorize.ts',
    change: 'rule.scopes?.values → rule.scopes.values',
    reason: 'only scopes that are asked can be lacking; the mark is for the compiler',
  },
  {
    file: 'access/authorize.ts',
    at: 'lacks(authContext',
    change: 'authContext !== undefined → true',
    reason: 'what is not asked is not lacking; the test is for the compiler',
  },
  {
    file: 'access/authorize.ts',
    at: 'loggableList(present)',
    change: 'present === undefined → false',
    reason:
      'only an unknown caller has no object id, and no rule looks at that of one; the test is for the compiler',
  },
  {
    file: 'access/id-token.ts',
    at: "[clientId = '']",
    change: '\'\' → "Stryker was here!"',
    reason: 'a list of one is read into a list of one; the default is for the compiler',
  },
  {
    file: 'access/id-token.ts',
    change: 'index < expected.length → index <= expected.length',
    reason: 'past the end of both there is nothing that could differ, and different lengths differ already',
  },
  {
    file: 'access/identity.ts',
    at: 'isGuid(subject)',
    change: 'subject !== undefined → true',
    reason: 'what is not there is no GUID; the test is for the compiler',
  },
  {
    file: 'access/private-map.ts',
    change: 'Object.isExtensible(key) → true',
    reason:
      'these engines put a private field on a closed object too; on the next ones the test of frozen objects fails',
  },
  {
    file: 'access/private-map.ts',
    change: 'Object.isExtensible(key) → false',
    reason: 'the weak map gives the same answers and only costs the garbage collector more',
  },
  {
    file: 'core/src/verifier.ts',
    at: 'const startedAt =',
    change: 'this.#settings.isObserved → true',
    reason: 'without a listener nobody is told how long it took; it saves reading the clock',
  },
  {
    file: 'core/src/verifier-options.ts',
    change: 'options.onEvent !== undefined → true',
    reason: 'without a listener events go nowhere; it saves creating them',
  },
  {
    file: 'core/src/proof-request.ts',
    at: "[path = '']",
    reason: 'there is always a part before the query; the default is for the compiler',
  },
  {
    file: 'core/src/combine.ts',
    at: "credentialAsWritten(authorization) ?? ''",
    change: '\'\' → "Stryker was here!"',
    reason: 'no token that was accepted is that text',
  },
  {
    file: 'core/src/combine.ts',
    change: '!EntraGuardError.is(error) → false',
    reason: 'what is no refusal has no such code, and is thrown as it is',
  },
  {
    file: 'core/src/bound-tokens.ts',
    at: 'binding === undefined || !fits',
    change: 'binding === undefined → false',
    reason: 'the claims let no token through for which there is no binding; the test is for the compiler',
  },
  {
    file: 'core/src/bound-tokens.ts',
    change: 'binding?.scheme → binding.scheme',
    reason: 'the claims let no token through for which there is no binding; the mark is for the compiler',
  },
  {
    file: 'core/src/bound-tokens.ts',
    change: "'prove' in value → true",
    reason: 'what is not there is no function; the test is for the compiler',
  },
  {
    file: 'downstream/src/own-token.ts',
    change: 'user === undefined → false',
    reason: 'a request has both or neither; the test is for the compiler',
  },
  {
    file: 'downstream/src/own-token.ts',
    at: "[, payload = '']",
    reason: 'without a second part there is no JSON, both ways',
  },
  {
    file: 'downstream/src/own-token.ts',
    change: '\'utf8\' → ""',
    reason: 'an encoding without a name is utf8 too',
  },
  {
    file: 'mcp/src/documents.ts',
    at: "[first = '', ...more]",
    reason: 'an empty list was refused before; the default is for the compiler',
  },
  {
    file: 'hono/src/entra-guard.ts',
    at: 'authorize(identity, access) === identity',
    change: 'identity !== undefined → true',
    reason:
      'nobody is authorised: what is thrown then counts as a refusal, too; the test is for the compiler',
  },
  {
    file: 'hono/src/verifier-source.ts',
    at: 'ofRequest.test',
    change: "typeof source === 'object' → false",
    reason: 'a given verifier is the same for every environment; the test saves looking at their names',
  },
  {
    file: 'access/remembered-groups.ts',
    change: 'isWorkerd → false',
    reason: 'held by a test of graph-groups that is left out here, because it loads all modules once more',
  },
  {
    file: 'next/src/with-entra-guard.ts',
    change: 'authorization === null → true',
    reason: 'a request that has the header has headers; the test saves counting them',
  },
  {
    file: 'core/src/proof-request.ts',
    at: 'const known =',
    change: 'peer === undefined → false',
    reason: 'nothing is kept under undefined; the test is for the compiler',
  },
  {
    file: 'core/src/token-cache.ts',
    change: 'Math.imul(mark, 31) + token.charCodeAt(index) → Math.imul(mark, 31) - token.charCodeAt(index)',
    reason: 'another mark tells tokens apart as well, and decides nothing',
  },
  {
    file: 'core/src/routing.ts',
    change: 'before !== undefined → true',
    reason: 'where something was found there is a part that found it; the test is for the compiler',
  },
  {
    file: 'core/src/verifier.ts',
    change: 'this.#remembered?.forget → this.#remembered.forget',
    reason: 'what was found was remembered; the mark is for the compiler',
  },
  {
    file: 'errors/errors.ts',
    at: 'const brand =',
    reason:
      'held by errors.test.ts (another copy of the package), which the tool does not ask about what is made while a module loads',
  },
  {
    file: 'errors/events.ts',
    change: 'handler === undefined → false',
    reason: 'calling nothing throws, and what a handler throws changes nothing; it saves freezing the event',
  },
  {
    file: 'errors/reason.ts',
    at: 'each instanceof KnownProblem',
    change:
      'levels.flat().find((each) => each instanceof KnownProblem)?.message → levels.flat().find(each => each instanceof KnownProblem).message',
    reason: 'reading out of nothing throws, which means the same here',
  },
  {
    file: 'errors/events.ts',
    change: 'result !== undefined → true',
    reason: 'a promise of nothing rejects nothing; it saves making one',
  },
  {
    file: 'core/src/verifier-options.ts',
    change: 'options.onEvent !== undefined → true',
    reason: 'without a listener the event goes nowhere; it saves creating it',
  },
  {
    file: 'core/src/verifier.ts',
    change: 'this.#headers.remember(verified) → ;',
    reason: 'a header that is read again is the same one; it saves reading it',
  },
  {
    file: 'keys/given-keys.ts',
    at: 'return this.#keys.get',
    change: 'this.#keys.get(key.kid) === key → true',
    reason: 'given keys neither change nor go: one that was found stays',
  },
  {
    file: 'keys/keyring.ts',
    at: "'cannot be read'",
    change: '\'cannot be read\' → ""',
    reason: 'the reader of JSON throws no other error than its own',
  },
  {
    file: 'keys/known-headers.ts',
    at: "#latest = ''",
    change: '\'\' → "Stryker was here!"',
    reason: 'nothing was remembered under that text either',
  },
  {
    file: 'keys/known-headers.ts',
    change: 'encoded === this.#latest → false',
    reason: 'the map has the same header under the same text, only later',
  },
  {
    file: 'keys/signature.ts',
    at: "'not a public key'",
    change: "throw new TypeError('not a public key') → ;",
    reason: 'an RSA key is never imported as bytes; the test is for the compiler',
  },
  {
    file: 'keys/signature.ts',
    change: 'cryptoKey instanceof Uint8Array → false',
    reason: 'an RSA key is never imported as bytes; the test is for the compiler',
  },
  {
    file: 'keys/signing-keys.ts',
    at: 'if (tenantId === undefined)',
    change: 'false → true',
    reason: 'an issuer without a tenant id belongs to an authority that names it, or its metadata does',
  },
  {
    file: 'keys/signing-keys.ts',
    change: 'tenantId === undefined → false',
    reason: 'an issuer without a tenant id belongs to an authority that names it, or its metadata does',
  },
  {
    file: 'documents/cache.ts',
    change: 'now >= this.#refreshAt → now > this.#refreshAt',
    reason: 'the moment is random by a tenth, so one millisecond of it is nobody’s rule',
  },
  {
    file: 'documents/cache.ts',
    change: 'sequence < this.#applied → sequence <= this.#applied',
    reason: 'what a run has brought ends it, so it comes to no such comparison again',
  },
  {
    file: 'documents/cache.ts',
    change: 'sequence >= this.#applied → sequence > this.#applied',
    reason: 'what a run has brought ends it, so it comes to no such comparison again',
  },
  {
    file: 'documents/cache.ts',
    change: 'context.waitUntil?.(work) → context.waitUntil(work)',
    reason: 'where there is none, the call fails, and what fails there is ignored',
  },
  {
    file: 'documents/fetch-document.ts',
    change: 'ended() → ;',
    reason: 'what was read to its end cannot be stopped any more; it only frees memory sooner',
  },
  {
    file: 'documents/store.ts',
    at: 'forgotten: true',
    change: 'true → false',
    reason: 'nobody reads it: an entry without a text is none',
  },
  {
    file: 'documents/store.ts',
    at: 'importKey',
    change: 'false → true',
    reason: 'no key leaves the function, so nobody could export it',
  },
  {
    file: 'documents/store.ts',
    change: "typeof fetchedAt !== 'number' → false",
    reason: 'only numbers are finite; the test is for the compiler',
  },
  {
    file: 'documents/store.ts',
    change: 'seal === undefined → false',
    reason: 'no seal is then an empty one, which is as wrong',
  },
  {
    file: 'documents/clock.ts',
    change: "typeof time === 'number' → true",
    reason: 'only numbers are finite; the test is for the compiler',
  },
  {
    file: 'options/authority-options.ts',
    change: 'only !== undefined → true',
    reason: 'one of one is there; the test is for the compiler',
  },
  {
    file: 'options/microsoft-identity-options.ts',
    at: '[main = readAddress',
    change: '\'Instance\' → ""',
    reason: 'the default address says nothing that another could contradict, so nobody reads its name',
  },
  {
    file: 'options/token-values.ts',
    at: "[first = '', ...rest]",
    change: '\'\' → "Stryker was here!"',
    reason: 'every text has a first part; the default is for the compiler',
  },
  {
    file: 'nestjs/src/entra.guard.ts',
    at: 'if (this.letInAtOnce(',
    change: 'this.letInAtOnce(context, rules, key) → false',
    reason: 'the longer way decides and remembers the same; this one saves a promise',
  },
  {
    file: 'nestjs/src/entra.guard.ts',
    at: '|| others.length > 0) return false',
    change: "context.getType() !== 'http' || others.length > 0 → true",
    reason: 'the longer way decides the same',
  },
  {
    file: 'nestjs/src/entra.guard.ts',
    at: '|| others.length > 0) return false',
    change: '\'http\' → ""',
    reason: 'the longer way decides the same',
  },
  {
    file: 'nestjs/src/entra.guard.ts',
    at: '|| others.length > 0) return false',
    change: 'others.length > 0 → others.length >= 0',
    reason: 'the longer way decides the same',
  },
  {
    file: 'nestjs/src/entra.guard.ts',
    at: '|| others.length > 0) return false',
    change: 'others.length > 0 → true',
    reason: 'the longer way decides the same',
  },
  {
    file: 'nestjs/src/entra.guard.ts',
    at: 'contextOfCall(context) : undefined',
    change: "type === 'graphql' → true",
    reason: 'in what is left of the other kinds, HTTP, there is no context of GraphQL',
  },
  {
    file: 'nestjs/src/calls/request.reader.ts',
    change: '!ofFirst.has(second) → true',
    reason: 'it saves writing what stands there already',
  },
  {
    file: 'nestjs/src/routes/route.rules.ts',
    change: '!ofTarget.has(handler) → true',
    reason: 'it saves writing what stands there already',
  },
  {
    file: 'nestjs/src/graphql/graphql.guard.ts',
    at: 'return guards.length === 0',
    change: 'guards.length === 0 → false',
    reason: 'no guard is asked both ways',
  },
  {
    file: 'nestjs/src/graphql/graphql.guard.ts',
    at: 'if (guarded.has(explorer))',
    change: 'guarded.has(explorer) → false',
    reason: 'a second guard of the same resolver finds what the first has decided',
  },
  {
    file: 'emulator/src/flows/client/requested-scopes.ts',
    at: 'if (first === undefined)',
    change: 'first === undefined → false',
    reason: 'there is always one; the test is for the compiler',
  },
  {
    file: 'keys/keyring.ts',
    at: 'const replaced =',
    change: 'now !== undefined → true',
    reason: 'what a document lists has an entry; the test is for the compiler',
  },
  {
    file: 'keys/keyring.ts',
    at: 'const now =',
    change: 'ring.entries.get(kid)?.key → ring.entries.get(kid).key',
    reason: 'what a document lists has an entry; the mark is for the compiler',
  },
  {
    file: 'keys/metadata.ts',
    at: 'proven === undefined',
    change: "typeof issuer !== 'string' → false",
    reason: 'what is no text proves nothing either; the test is for the compiler',
  },
  {
    file: 'keys/metadata.ts',
    change: 'host !== undefined → true',
    reason: 'a host that is absent is in no list either; the test is for the compiler',
  },
  {
    file: 'keys/metadata.ts',
    at: '...(tenantId',
    change: 'tenantId !== undefined → true',
    reason: 'a member that is undefined counts as absent wherever it is read',
  },
  {
    file: 'keys/metadata.ts',
    at: '...(cloudName',
    change: 'cloudName !== undefined → true',
    reason: 'a member that is undefined counts as absent wherever it is read',
  },
  {
    file: 'keys/metadata.ts',
    at: '...(graphHost',
    change: 'graphHost !== undefined → true',
    reason: 'a member that is undefined counts as absent wherever it is read',
  },
  {
    file: 'keys/signing-keys.ts',
    at: 'const usable =',
    change: 'this.#keys.held?.entries → this.#keys.held.entries',
    reason: 'a document that is usable is there; the mark is for the compiler',
  },
  {
    file: 'documents/cache.ts',
    at: '#apply(stored.text',
    change: 'false → true',
    reason: 'what counts no longer does not ask the network either',
  },
]
