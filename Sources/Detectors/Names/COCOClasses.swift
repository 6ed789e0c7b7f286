/// The 80 classes of COCO's detection task as its annotations spell them, in the order of their
/// category ids: what 80-class models without names of their own predict.
package enum COCOClasses {
  package static let names = [
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat",
    "traffic light", "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog",
    "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella",
    "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard", "sports ball", "kite",
    "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle",
    "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich",
    "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch",
    "potted plant", "bed", "dining table", "toilet", "tv", "laptop", "mouse", "remote",
    "keyboard", "cell phone", "microwave", "oven", "toaster", "sink", "refrigerator", "book",
    "clock", "vase", "scissors", "teddy bear", "hair drier", "toothbrush",
  ]

  /// The 91 category numbers of COCO's annotations, 0 for the background: what networks predict that
  /// kept the numbers. Those that no class has are "N/A".
  package static let categories: [String] = {
    var rest = names[...]
    return (0...90).map {
      [0, 12, 26, 29, 30, 45, 66, 68, 69, 71, 83].contains($0) ? "N/A" : rest.removeFirst()
    }
  }()

  /// Darknet's spellings (and common others) of these names.
  package static let aliases: [String: String] = [
    "motorbike": "motorcycle", "aeroplane": "airplane", "sofa": "couch",
    "pottedplant": "potted plant", "diningtable": "dining table", "tvmonitor": "tv",
    "hair dryer": "hair drier", "hotdog": "hot dog", "doughnut": "donut", "cellphone": "cell phone",
  ]
}
