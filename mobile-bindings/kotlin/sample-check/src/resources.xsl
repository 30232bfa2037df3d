<?xml version="1.0" encoding="UTF-8"?>
<!-- Makes the names of the sample's strings, as the Android build would. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:output method="text" encoding="UTF-8"/>
  <xsl:template match="/resources">
    <xsl:text>package dev.floorwalk.sample&#10;&#10;object R {&#10;    object string {&#10;</xsl:text>
    <xsl:for-each select="string">
      <xsl:value-of select="concat('        const val ', @name, ' = ', position(), '&#10;')"/>
    </xsl:for-each>
    <xsl:text>    }&#10;}&#10;</xsl:text>
  </xsl:template>
</xsl:stylesheet>
