/** What ending a session does at a kind of provider, and what goes on working until when: said before anybody signs. */
export type WhatItEnds = { ends: string; remains: string };

const byKind: Readonly<Record<string, WhatItEnds>> = {
  sample: {
    ends: 'Destroys the session and its grants, and tells the applications that registered for back-channel logout.',
    remains: 'Access tokens that an application checks by itself live until they expire, five minutes at most.',
  },
  keycloak: {
    ends: 'Deletes the session (DELETE sessions/{id}) and posts a logout token to each client with a back-channel address, one after the other.',
    remains:
      'Access tokens live until they expire. Clients without a back-channel address, SAML clients and offline sessions are not told; a client that fails does not show in the answer.',
  },
  auth0: {
    ends: 'Revokes the session and its refresh tokens (POST sessions/{id}/revoke).',
    remains: 'Access tokens live until they expire. Applications keep sessions of their own.',
  },
  okta: {
    ends: 'Ends the sessions of the person, all of them: Okta does not end one alone.',
    remains:
      'Sessions that web and native applications keep themselves are not cleared; access tokens live until they expire.',
  },
  entra: {
    ends: 'Revokes the sign-in sessions of the person, all of them (revokeSignInSessions).',
    remains: 'Access tokens live up to about an hour unless the resource evaluates access continuously.',
  },
  google: {
    ends: 'Signs the person out of every session (signOut).',
    remains: 'OAuth tokens of third-party applications live on until they are revoked.',
  },
};

/** The words for a provider's kind; `canAct` false: nothing is asked there. */
export function whatItEnds(kind: string, canAct: boolean, name: string): WhatItEnds {
  if (!canAct)
    return {
      ends: `Nothing at ${name}: Gatehouse only reads it. These items will say "failed"; end them in its console.`,
      remains: 'Everything, except where somebody asks Gatehouse by introspection and hears of the cut-off.',
    };
  return (
    byKind[kind] ?? {
      ends: 'Asks the provider to end the session, and looks again.',
      remains: 'Access tokens that are checked without asking the provider live until they expire.',
    }
  );
}
