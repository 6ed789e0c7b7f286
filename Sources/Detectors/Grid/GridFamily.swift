/// The detector families whose networks predict boxes on grids of cells.
package enum GridFamily: String, Hashable, Sendable, CaseIterable {
  /// YOLOv1: a fully connected 7 x 7 grid.
  case yolov1
  /// YOLOv2: Darknet's `[region]`.
  case yolov2
  /// YOLOv3 and v4: Darknet's `[yolo]`.
  case yolov3
  /// YOLOv5, v6 and v7: centre, size, objectness, classes.
  case yolov5
  /// YOLOv8, v9, 11 and 12: centre, size, classes.
  case yolov8
  /// YOLOv10 and others whose network suppresses duplicates itself.
  case yolov10
  case yolox
  case fastestdet
  case nanodet
  case picodet
  /// Classes, distances and centerness per level; recognised only when named.
  case fcos

  /// Names that people use, beside the raw values.
  package static let aliases: [String: GridFamily] = [
    "region": .yolov2, "yolov4": .yolov3, "darknet": .yolov3, "yolov6": .yolov5,
    "yolov7": .yolov5, "yolov9": .yolov8, "yolo11": .yolov8, "yolov11": .yolov8,
    "yolo12": .yolov8, "yolov12": .yolov8, "yolo26": .yolov10,
  ]

  /// The family of a name or alias, in any case.
  ///
  /// - Throws: `DetectorError.unknownFamily`.
  package init(named name: String) throws(DetectorError) {
    let key = name.lowercased()
    guard let family = GridFamily(rawValue: key) ?? GridFamily.aliases[key] else {
      throw .unknownFamily(name)
    }
    self = family
  }

  /// The IoU above which the family's published programs suppress.
  package var defaultOverlapThreshold: Double {
    switch self {
    case .yolov8: 0.7
    case .nanodet, .picodet, .fcos: 0.6
    // Duplicates are gone already: no IoU exceeds 1.
    case .yolov10: 1
    case .yolov1, .yolov2, .yolov3, .yolov5, .yolox, .fastestdet: 0.45
    }
  }
}
