/** A made-up company, all of it: Halden Works builds harbour cranes. Its domain is reserved for examples (RFC 2606). */
export const company = { name: 'Halden Works', domain: 'halden.example' } as const;

export type Site = 'hamburg' | 'lyon' | 'lisbon' | 'toronto' | 'sydney';
export type IdentitySystem = 'okta' | 'entra' | 'keycloak' | 'sample';
export type Employee = {
  /** What the help desk knows them by. */
  staffNumber: string;
  name: string;
  email: string;
  department: string;
  site: Site;
  /** Where this person signs in. */
  system: IdentitySystem;
};

// Name · department · site, one line a person. The order gives the staff number; never put anybody in between.
const roll: Record<IdentitySystem, readonly string[]> = {
  sample: [
    'Mara Lindholt · Finance · hamburg',
    'Tomas Verdier · Engineering · lyon',
    'Ines Carvalhal · Sales · lisbon',
    'Jonah Abernall · Field service · toronto',
    'Priya Raghunath · Engineering · sydney',
    'Lukas Ohlmann · Operations · hamburg',
    'Camille Desrosel · People · lyon',
    'Rui Montalvo · Finance · lisbon',
    'Hanna Brekkevik · Procurement · hamburg',
    'Owen Fairlight · Sales · toronto',
    'Noor Elmansour · Legal · lyon',
    'Isla Wetherell · Field service · sydney',
  ],
  okta: [
    'Anton Krasberg · Engineering · hamburg',
    'Beatriz Falcone · Sales · lisbon',
    'Cedric Aumont · Engineering · lyon',
    'Dagny Solheim · Operations · hamburg',
    'Elias Tornquist · Engineering · hamburg',
    'Fiona Castlemere · Sales · toronto',
    'Gaspard Lenoirel · Finance · lyon',
    'Helena Vasques · People · lisbon',
    'Ivo Petrakov · Engineering · hamburg',
    'Jasper Whitcombe · Field service · sydney',
    'Klara Ostheim · Finance · hamburg',
    'Leonor Pinhal · Sales · lisbon',
    'Mateus Quintela · Operations · lisbon',
    'Nadia Feroux · Legal · lyon',
    'Oskar Winterfeld · Engineering · hamburg',
    'Paloma Serrat · Marketing · lisbon',
    'Quentin Marchais · Engineering · lyon',
    'Rosalind Keswick · Field service · toronto',
    'Stellan Norrgard · Engineering · hamburg',
    'Tilda Marsholm · Operations · hamburg',
    'Umberto Zanelli · Procurement · lyon',
    'Viola Grantham · Marketing · toronto',
  ],
  entra: [
    'Ada Blomquist · Engineering · hamburg',
    'Bram Oosterlinck · Sales · lyon',
    'Clara Whitsend · Finance · toronto',
    'Dario Belmonte · Engineering · lisbon',
    'Esther Mandelic · People · hamburg',
    'Felix Harrowgate · Field service · sydney',
    'Greta Sonnwald · Engineering · hamburg',
    'Hugo Valcourt · Operations · lyon',
    'Irene Castelbran · Finance · lisbon',
    'Jules Ferrandon · Engineering · lyon',
    'Katya Morelund · Sales · hamburg',
    'Liam Strathbourne · Field service · toronto',
    'Mirela Dragov · Engineering · hamburg',
    'Nils Aabergh · Engineering · hamburg',
    'Odette Clairval · Legal · lyon',
    'Pavel Hrastnik · Operations · hamburg',
    'Renata Solvero · Sales · lisbon',
    'Sam Duskwood · Field service · sydney',
  ],
  keycloak: [
    'Agnes Holtmark · Engineering · hamburg',
    'Basil Thornecroft · Engineering · toronto',
    'Chiara Montefalk · Engineering · lyon',
    'Dmitri Vellankov · Engineering · hamburg',
    'Elodie Garnac · Engineering · lyon',
    'Fraser Ellingham · Field service · sydney',
    'Gunilla Strandvik · Operations · hamburg',
    'Henrik Laudal · Engineering · hamburg',
    'Ilse Kornfeld · Finance · hamburg',
    'Joaquim Serralva · Operations · lisbon',
  ],
};

/** Everybody at the company. Staff numbers are stable: they follow from the order of the roll. */
export const employees: readonly Employee[] = (Object.keys(roll) as IdentitySystem[]).flatMap((system, block) =>
  roll[system].map((line, index): Employee => {
    const [name = '', department = '', site = 'hamburg'] = line.split(' · ');
    return {
      staffNumber: `HW-${1000 + block * 100 + index}`,
      name,
      email: `${name.toLowerCase().replace(/[^a-z]+/g, '.')}@${company.domain}`,
      department,
      site: site as Site,
      system,
    };
  }),
);

/** Those who sign in at one of the identity systems. */
export function employeesAt(system: IdentitySystem): Employee[] {
  return employees.filter((employee) => employee.system === system);
}
