'use client';

import { createContext, type ReactNode, useContext } from 'react';

const AddressesHidden = createContext(false);

/** Around the desk of somebody who may not read addresses: no control below offers to filter by one. The API refuses it as well. */
export function HideAddressFilters({ hidden, children }: { hidden: boolean; children: ReactNode }) {
  return <AddressesHidden value={hidden}>{children}</AddressesHidden>;
}

/** Whether addresses are hidden from who looks at this. */
export function useAddressesHidden(): boolean {
  return useContext(AddressesHidden);
}
