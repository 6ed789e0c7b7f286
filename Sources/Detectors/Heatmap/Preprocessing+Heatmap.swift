internal import Imaging

extension Preprocessing {
  /// What the family's published weights are run with, and what a manifest says otherwise.
  init(heatmapFamily: HeatmapFamily, manifest: ModelManifest?) {
    switch heatmapFamily {
    case .centernet:
      self.init(
        fit: .ultralytics, resampling: .openCVLinear, padding: 0,
        layout: TensorLayout(
          order: .bgr, scale: 1 / 255, mean: [0.408, 0.447, 0.470],
          deviation: [0.289, 0.274, 0.278]))
    case .centerface:
      self.init(
        fit: .stretch, resampling: .openCVLinear, padding: 0,
        layout: TensorLayout(order: .rgb, scale: 1))
    case .dbText:
      self.init(
        fit: .stretch, resampling: .openCVLinear, padding: 0,
        layout: TensorLayout(
          order: .bgr, scale: 1 / 255, mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5]))
    }
    if let manifest { apply(manifest) }
  }
}
