/*
 * Stories of getting in, and of being put out again.
 */
package dev.floorwalk.stories

import dev.floorwalk.FileKeychain
import dev.floorwalk.FloorwalkException
import dev.floorwalk.UserAction
import java.io.File
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class JoiningStories {
    private val town = Town.shared

    @Test
    fun `01 a phone joins by an invitation's link`() = story {
        val phone = town.phone()
        assertFalse(phone.app.isMember())
        val joined = phone.join(town.invite(phone.building))
        assertEquals("building_rep", joined.role)
        assertEquals(listOf(phone.building), joined.buildings)
        assertTrue(phone.app.isMember())
        assertEquals("测试小区", phone.app.community().name)
    }

    @Test
    fun `02 a used link is refused with its code`() = story {
        val building = town.newBuilding()
        val link = town.invite(building)
        town.phone(building).join(link)
        val late = town.phone(building)
        val refused = failure<FloorwalkException.Relay> { late.join(link) }
        assertEquals("invitation_used", refused.code)
        assertFalse(refused.retryable)
        assertEquals(UserAction.ASK_OFFICE, refused.action)
        assertFalse(late.app.isMember())
    }

    @Test
    fun `03 a bad link is bad input`() = story {
        val phone = town.phone()
        val link = town.invite(phone.building)
        for (bad in listOf("", "https://relay.example/", link.dropLast(5))) {
            assertEquals("bad_link", failure<FloorwalkException.Input> { phone.join(bad) }.code)
        }
        phone.join(link)
    }

    @Test
    fun `24 a revoked device is told so and keeps its words`() = story {
        val phone = town.rep()
        val device = phone.app.community().device
        phone.record()
        phone.sync()
        town.office.ask("revoke", device, "--why", "手机遗失")
        town.office.sync()
        phone.record("撤销之后写的话")
        val told = failure<FloorwalkException.Forbidden> { phone.sync() }
        assertEquals("revoked", told.code)
        assertEquals(UserAction.ASK_OFFICE, told.action)
        assertEquals(2, phone.list().size)
        val bundle = File(phone.folder, "kept.bundle")
        assertTrue(phone.app.exportBundle(bundle).parcels >= 1uL)
    }

    @Test
    fun `25 without its keys nothing opens, and with them everything does`() = story {
        val phone = town.rep()
        phone.record()
        phone.reopen(FileKeychain(File(phone.folder, "no-keys")))
        val told = failure<FloorwalkException.Damage> { phone.list() }
        assertEquals("keys_missing", told.code)
        phone.reopen()
        assertEquals(WORDS, phone.app.show(phone.list().single().number).narrative)
    }
}
