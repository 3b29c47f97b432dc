'use client';

import { Plus } from 'lucide-react';
import { Popover } from 'radix-ui';
import { type FormEvent, useState } from 'react';
import { Button } from '#components/ui/button.tsx';
import { Field, Select } from '#components/ui/field.tsx';
import {
  type Condition,
  type FilterDeclaration,
  type FilterField,
  type Operator,
  operatorsOf,
  operatorWords,
  parameterName,
  parseFilter,
} from '#lib/model/filter.ts';

const spans = [
  { value: '-1h', label: 'the last hour' },
  { value: '-24h', label: 'the last 24 hours' },
  { value: '-7d', label: 'the last 7 days' },
  { value: '-30d', label: 'the last 30 days' },
];

/** "+ filter": which field, which way, which value. Everything it offers comes from the list's declaration. */
export function AddFilter({
  declaration,
  onAdd,
}: {
  declaration: FilterDeclaration;
  onAdd: (condition: Condition) => void;
}) {
  const offered = declaration.fields.filter(({ kind, linkOnly }) => kind !== 'search' && !linkOnly);
  const [open, setOpen] = useState(false);
  const [name, setName] = useState(offered[0]?.name ?? '');
  const [problem, setProblem] = useState('');
  const field = offered.find((one) => one.name === name);
  if (!field) return null;

  const add = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const op = String(form.get('op') ?? operatorsOf(field)[0]) as Operator;
    const given = form.getAll('value').map(String).filter(Boolean).join(',');
    const { filter, problems } = parseFilter(new URLSearchParams([[parameterName(field, op), given]]), declaration);
    const condition = filter[0];
    if (!condition) {
      setProblem(problems[0]?.message ?? 'Choose or write a value.');
      return;
    }
    setProblem('');
    setOpen(false);
    onAdd(condition);
  };

  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <Button look="quiet">
          <Plus size={14} aria-hidden="true" />
          Filter
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={4}
          collisionPadding={8}
          aria-label="Add a filter"
          className="pop rise z-50 w-72 p-3"
        >
          <form onSubmit={add} className="flex flex-col gap-3">
            <Select
              label="Field"
              value={name}
              onChange={(event) => {
                setName(event.target.value);
                setProblem('');
              }}
              options={offered.map((one) => ({ value: one.name, label: one.label }))}
            />
            {operatorsOf(field).length > 1 ? (
              <Select
                key={`${field.name}-op`}
                label="How"
                name="op"
                options={operatorsOf(field).map((op) => ({ value: op, label: operatorWords[op] }))}
              />
            ) : null}
            <ValueControl key={field.name} field={field} problem={problem} />
            <Button type="submit" look="primary">
              Add filter
            </Button>
          </form>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function ValueControl({ field, problem }: { field: FilterField; problem: string }) {
  const around = { label: field.label, problem: problem || undefined };
  if (field.choices && field.choices.length <= 8) {
    return (
      <fieldset>
        <legend className="mb-1 font-medium text-sm">{field.label}</legend>
        {field.choices.map((choice) => (
          <label key={choice.value} className="flex min-h-7 items-center gap-2 text-sm pointer-coarse:min-h-11">
            <input type="checkbox" name="value" value={choice.value} className="size-4 accent-accent" />
            {choice.label}
          </label>
        ))}
        {problem ? (
          <p role="status" className="text-critical text-sm">
            {problem}
          </p>
        ) : null}
      </fieldset>
    );
  }
  if (field.choices) return <Select {...around} name="value" options={field.choices} />;
  if (field.kind === 'time') {
    return <Field {...around} name="value" list="time-spans" placeholder="-24h" hint={<Spans />} autoComplete="off" />;
  }
  return <Field {...around} name="value" placeholder={field.example} autoComplete="off" />;
}

function Spans() {
  return (
    <>
      -24h, -7d, or a UTC time such as 2026-11-24T09:00Z
      <datalist id="time-spans">
        {spans.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </datalist>
    </>
  );
}
