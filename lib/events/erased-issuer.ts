/** The issuer of a person who was erased, in place of their own. */
export const erasedIssuer = 'urn:gatehouse:erased';
