package import Geometry
package import Imaging

/// How a picture becomes a network's input: fit, resampling, padding and the numbers' layout.
package struct Preprocessing: Hashable, Sendable {
  package var fit: Letterbox.Fit
  package var resampling: InputResampling
  /// Raw sample value around the picture, 0...255.
  package var padding: Float
  package var layout: TensorLayout

  package init(
    fit: Letterbox.Fit, resampling: InputResampling, padding: Float, layout: TensorLayout
  ) {
    self.fit = fit
    self.resampling = resampling
    self.padding = padding
    self.layout = layout
  }

  /// What the family's published weights were trained and evaluated with.
  package init(family: GridFamily) {
    let unit: Float = 1 / 255
    switch family {
    case .yolov1:
      self.init(
        fit: .stretch, resampling: .darknet, padding: 127.5,
        layout: TensorLayout(order: .rgb, scale: unit))
    case .yolov2, .yolov3:
      self.init(
        fit: .darknet, resampling: .darknet, padding: 127.5,
        layout: TensorLayout(order: .rgb, scale: unit))
    case .yolov5, .yolov8, .yolov10:
      self.init(
        fit: .ultralytics, resampling: .openCVLinear, padding: 114,
        layout: TensorLayout(order: .rgb, scale: unit))
    case .yolox:
      self.init(
        fit: .yolox, resampling: .openCVLinear, padding: 114,
        layout: TensorLayout(order: .bgr, scale: 1))
    case .fastestdet:
      self.init(
        fit: .stretch, resampling: .openCVLinear, padding: 0,
        layout: TensorLayout(order: .bgr, scale: unit))
    case .nanodet:
      self.init(
        fit: .stretch, resampling: .openCVLinear, padding: 0,
        layout: TensorLayout(
          order: .bgr, scale: 1, mean: [103.53, 116.28, 123.675],
          deviation: [57.375, 57.12, 58.395]))
    case .picodet:
      self.init(
        fit: .stretch, resampling: .openCVLinear, padding: 0,
        layout: TensorLayout(
          order: .rgb, scale: unit, mean: [0.485, 0.456, 0.406],
          deviation: [0.229, 0.224, 0.225]))
    case .fcos:
      self.init(
        fit: .yolox, resampling: .openCVLinear, padding: 114,
        layout: TensorLayout(order: .bgr, scale: 1, mean: [103.53, 116.28, 123.675]))
    }
  }

  /// The family's way with what a manifest says otherwise.
  package init(family: GridFamily, manifest: ModelManifest?) {
    self.init(family: family)
    if let manifest { apply(manifest) }
  }

  /// Takes over what a manifest states.
  mutating func apply(_ manifest: ModelManifest) {
    if let order = manifest.color { layout.order = order }
    if let scale = manifest.scale { layout.scale = scale }
    if let mean = manifest.mean { layout.mean = mean }
    if let deviation = manifest.deviation { layout.deviation = deviation }
    switch manifest.resize {
    case .stretch: fit = .stretch
    case .letterbox: fit = .ultralytics
    case .letterboxTopLeft: fit = .yolox
    case .darknet:
      fit = .darknet
      resampling = .darknet
    case nil: break
    }
  }

  /// Fits `image` into `[3, canvas.height, canvas.width]` and fills all of it.
  package func fill(
    _ tensor: UnsafeMutableBufferPointer<Float>, canvas: Size, from image: Image
  ) -> Letterbox {
    let letterbox = Letterbox(fit, source: image.size, canvas: canvas)
    fillTensor(
      tensor, canvas: canvas, from: image, placedAt: (letterbox.offsetX, letterbox.offsetY),
      contentSize: letterbox.contentSize, resampling: resampling, padding: padding, layout: layout)
    return letterbox
  }
}
