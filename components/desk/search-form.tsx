import { Button } from '#components/ui/button.tsx';

/** The filter of a list as a plain form: what is set stands in the address, works without scripts, and can be shared. */
export function SearchForm(props: {
  path: string;
  query: Record<string, string>;
  placeholder: string;
  choices?: { name: string; label: string; options: { value: string; label: string }[] }[];
}) {
  return (
    <form action={props.path} className="mb-3 flex flex-wrap items-end gap-2 text-[13px]">
      <label className="flex flex-col gap-1 text-quiet">
        Search
        <input
          name="q"
          defaultValue={props.query.q}
          placeholder={props.placeholder}
          className="min-h-8 w-64 max-w-full rounded-md border border-line bg-paper px-2 text-ink pointer-coarse:min-h-11"
        />
      </label>
      {props.choices?.map((choice) => (
        <label key={choice.name} className="flex flex-col gap-1 text-quiet">
          {choice.label}
          <select
            name={choice.name}
            defaultValue={props.query[choice.name] ?? ''}
            className="min-h-8 rounded-md border border-line bg-paper px-2 text-ink pointer-coarse:min-h-11"
          >
            <option value="">Any</option>
            {choice.options.map((option) => (
              <option key={option.value} value={option.value}>
                {option.label}
              </option>
            ))}
          </select>
        </label>
      ))}
      <Button type="submit">Filter</Button>
    </form>
  );
}
