internal import Geometry
internal import Imaging

extension Preprocessing {
  /// What the family's published programs do; a manifest beside the model says otherwise.
  init(family: EndToEndFamily, manifest: ModelManifest?) {
    let unit: Float = 1 / 255
    let plain = TensorLayout(order: .rgb, scale: unit)
    let imageNet = TensorLayout(
      order: .rgb, scale: unit, mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])
    switch family {
    case .detr, .deformableDETR, .rfdetr, .paddle:
      self.init(fit: .stretch, resampling: .openCVLinear, padding: 0, layout: imageNet)
    case .rtdetr:
      self.init(fit: .stretch, resampling: .openCVLinear, padding: 0, layout: plain)
    case .yoloNMS, .efficientNMS:
      self.init(fit: .ultralytics, resampling: .openCVLinear, padding: 114, layout: plain)
    case .torchvision:
      self.init(fit: .yolox, resampling: .openCVLinear, padding: 0, layout: plain)
    case .tensorflow:
      self.init(
        fit: .stretch, resampling: .openCVLinear, padding: 0,
        layout: TensorLayout(order: .rgb, scale: 1))
    case .mmdetection:
      self.init(
        fit: .yolox, resampling: .openCVLinear, padding: 114,
        layout: TensorLayout(
          order: .rgb, scale: 1, mean: [123.675, 116.28, 103.53],
          deviation: [58.395, 57.12, 57.375]))
    }
    if let manifest { apply(manifest) }
  }
}
