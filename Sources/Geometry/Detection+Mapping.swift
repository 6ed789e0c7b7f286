extension Detection {
  /// Box, landmarks and polygon taken through a map.
  package func mapped(through map: CoordinateMap) -> Detection {
    var result = self
    result.box = map.apply(box)
    result.landmarks = landmarks.map(map.apply)
    result.polygon = polygon.map(map.apply)
    return result
  }

  /// Cuts box and polygon to a picture of `size` pixels; landmarks may lie outside.
  package mutating func clip(to size: Size) {
    box = box.clipped(to: size)
    polygon = polygon.map {
      Point(x: min(max($0.x, 0), Double(size.width)), y: min(max($0.y, 0), Double(size.height)))
    }
  }

  /// The detection in the picture mirrored left to right, `x' = width - x`.
  ///
  /// Five landmarks are those of a face (eyes, nose, corners of the mouth): left and right change
  /// places. Polygons keep their sense of rotation.
  package func mirrored(width: Double) -> Detection {
    func mirrored(_ point: Point) -> Point { Point(x: width - point.x, y: point.y) }
    var result = self
    result.box.minX = width - box.maxX
    result.box.maxX = width - box.minX
    result.landmarks = landmarks.map(mirrored)
    if landmarks.count == 5 {
      result.landmarks.swapAt(0, 1)
      result.landmarks.swapAt(3, 4)
    }
    result.polygon = polygon.reversed().map(mirrored)
    return result
  }
}
