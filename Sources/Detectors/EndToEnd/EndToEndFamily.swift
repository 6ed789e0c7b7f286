/// The detector families whose networks give a list of final boxes: transformers that predict sets,
/// and networks with the suppression inside.
package enum EndToEndFamily: String, Hashable, Sendable, CaseIterable {
  /// DETR (Carion et al. 2020, arXiv:2005.12872): logits whose last class is "no object".
  case detr
  /// Deformable DETR (Zhu et al. 2020, arXiv:2010.04159) and its like: a sigmoid per class.
  case deformableDETR = "deformable-detr"
  /// RT-DETR (Zhao et al. 2023, arXiv:2304.08069), D-FINE, DEIM.
  case rtdetr
  case rfdetr
  /// One-stage YOLO networks exported with their suppression: rows of six or seven numbers.
  case yoloNMS = "yolo-nms"
  /// The four outputs of TensorRT's EfficientNMS and BatchedNMS.
  case efficientNMS = "efficient-nms"
  /// Boxes, labels and scores in input pixels (Faster R-CNN and others of torchvision).
  case torchvision
  /// TensorFlow's object detection models: boxes in 0...1, y first.
  case tensorflow
  case mmdetection
  /// PaddleDetection with its suppression inside: rows of class, score, corners.
  case paddle

  /// Names that people use, beside the raw values.
  package static let aliases: [String: EndToEndFamily] = [
    "rt-detr": .rtdetr, "rtdetrv2": .rtdetr, "d-fine": .rtdetr, "dfine": .rtdetr, "deim": .rtdetr,
    "rf-detr": .rfdetr, "efficientnms": .efficientNMS, "faster-rcnn": .torchvision,
    "ppyoloe": .paddle,
  ]

  /// The family of a name or alias, in any case; `nil` for a name of none.
  package init?(named name: String) {
    let key = name.lowercased()
    guard let family = EndToEndFamily(rawValue: key) ?? EndToEndFamily.aliases[key] else {
      return nil
    }
    self = family
  }

  /// Whether class 0 of the outputs is the background, so that COCO's 91 category numbers name the
  /// classes.
  var countsFromBackground: Bool {
    switch self {
    case .detr, .deformableDETR, .rfdetr, .torchvision, .tensorflow: true
    case .rtdetr, .yoloNMS, .efficientNMS, .mmdetection, .paddle: false
    }
  }
}
