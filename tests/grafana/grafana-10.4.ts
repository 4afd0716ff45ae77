// What may stand in a classic dashboard, by the types that Grafana 10.4 publishes. Narrower than its Dashboard: a panel has the
// options and field settings of its own type, and no others.
import type * as grafana from 'grafana-schema-10';
import type * as stat from 'grafana-schema-10/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as table from 'grafana-schema-10/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as timeseries from 'grafana-schema-10/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

interface Fields<Custom> {
  defaults: Omit<grafana.FieldConfig, 'custom'> & { custom?: Partial<Custom> };
  overrides: grafana.FieldConfigSource['overrides'];
}

interface Target {
  refId: string;
  datasource: { type: string; uid: string };
  editorType: 'sql';
  queryType: 'table' | 'timeseries';
  format: 0 | 1;
  rawSql: string;
  pluginVersion: string;
}

interface PanelOf<Type extends string, Options, Custom>
  extends Omit<grafana.Panel, 'type' | 'options' | 'fieldConfig' | 'targets'> {
  type: Type;
  options: Partial<Options>;
  fieldConfig: Fields<Custom>;
  targets: Target[];
}

type Panel =
  | PanelOf<'stat', stat.Options, {}>
  | PanelOf<'table', table.Options, table.FieldConfig>
  | PanelOf<'timeseries', timeseries.Options, timeseries.FieldConfig>;

export interface Classic extends Omit<grafana.Dashboard, 'panels'> {
  panels: Panel[];
}

// The values of overrides are not typed in a dashboard: each is held against what its name says it sets.
export interface Overrides {
  'custom.cellOptions'?: table.FieldConfig['cellOptions'];
  displayName?: grafana.FieldConfig['displayName'];
  unit?: grafana.FieldConfig['unit'];
  min?: grafana.FieldConfig['min'];
  max?: grafana.FieldConfig['max'];
  color?: grafana.FieldConfig['color'];
  mappings?: grafana.FieldConfig['mappings'];
  links?: grafana.DashboardLink[] | { title: string; url: string; targetBlank: boolean }[];
}
