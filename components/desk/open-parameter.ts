/** The name of the parameter that says which row of a list is open beside it. */
export const openParameter = 'open';
