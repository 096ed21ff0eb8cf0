// Written beside the packages by `cargo xtask grafana schema`, with the dashboards after it.
import type { AnnotationQuery, Dashboard } from './node_modules/@grafana/schema/dist/types/raw/dashboard/x/types.gen';
import type { Spec } from '@grafana/schema/apis/dashboard.grafana.app/v2';

// Values as JSON has them, in the place of enums.
type Plain<T> = T extends string ? `${T}`
    : T extends number ? (`${T}` extends `${infer N extends number}` ? N : T)
    : T extends (infer U)[] ? Plain<U>[]
    : T extends object ? { [K in keyof T]: Plain<T[K]> }
    : T;
// What the data source adds to an annotation is not in the schema.
type Prometheus = { expr: string; step: string; titleFormat: string; textFormat: string; useValueForTime: string };
type Classic = Omit<Plain<Dashboard>, 'annotations'> & {
    annotations: { list: (Plain<AnnotationQuery> & Prometheus)[] };
};
type Resource = {
    apiVersion: 'dashboard.grafana.app/v2'; kind: 'Dashboard'; metadata: { name: string }; spec: Spec;
};
