/** How a person proved who they are, as the sample provider's tokens say it (`acr`). */
export const acrPassword = 'urn:halden:acr:password';
export const acrTwoFactors = 'urn:halden:acr:two-factors';
