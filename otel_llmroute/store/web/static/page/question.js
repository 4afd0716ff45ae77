// What is asked of a panel.

/** Rows of a panel at most, as the store allows. */
export const MOST = 10_000;

/** The question of a panel in this view: its period and its filters. */
export function question(view, board, panel, limit) {
  const { since, until } = view.period;
  return { board: board.name, panel: panel.name, since, until, filters: view.state.filters, limit };
}
